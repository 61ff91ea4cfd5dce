package wire

import (
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"

	"github.com/backmon/backmon/pkg/backup"
)

// Hold turns a hold into its message. Names become those that SeriesID makes.
func Hold(h backup.Hold) *backmonv1.Hold {
	return &backmonv1.Hold{
		Id: Text(h.ID), Environment: Text(h.Environment), Disk: Text(h.Disk), Directory: Text(h.Directory),
		File: Text(h.File), Group: []byte(h.Group), By: Text(h.By), Why: Text(h.Why),
		Since: Stamp(h.Since), Until: Stamp(h.Until),
	}
}

// ParseHold is the inverse of Hold.
func ParseHold(m *backmonv1.Hold) backup.Hold {
	return backup.Hold{
		ID: m.GetId(), Environment: m.GetEnvironment(), Disk: m.GetDisk(), Directory: m.GetDirectory(),
		File: m.GetFile(), Group: string(m.GetGroup()), By: m.GetBy(), Why: m.GetWhy(),
		Since: instant(m.GetSince()), Until: instant(m.GetUntil()),
	}
}
