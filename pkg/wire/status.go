package wire

import (
	"google.golang.org/protobuf/proto"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"

	"github.com/backmon/backmon/pkg/backup"
)

// Status turns a status into its message.
func Status(s backup.Status, fence *backmonv1.Fence) *backmonv1.BackupStatus {
	return &backmonv1.BackupStatus{
		Series:      SeriesID(s.Series),
		State:       backmonv1.State(s.State),
		Flags:       each(s.Flags, func(f backup.Flag) backmonv1.Flag { return backmonv1.Flag(f) }),
		Severity:    severity(s.Severity),
		Reasons:     each(s.Reasons, reason),
		Since:       Stamp(s.Since),
		Policy:      policy(s.Policy),
		Files:       files(s.Files),
		Slot:        slot(s.Slot),
		Expired:     expired(s.Expired),
		KnownSince:  Stamp(s.KnownSince),
		SeenAt:      Stamp(s.SeenAt),
		EvaluatedAt: Stamp(s.EvaluatedAt),
		Fence:       fence,
	}
}

// ParseStatus is the inverse of Status. Values that this version does not know
// are taken as unspecified, so that an older reader survives a newer writer.
func ParseStatus(m *backmonv1.BackupStatus) backup.Status {
	s := backup.Status{
		Series:      ParseSeriesID(m.GetSeries()),
		State:       backup.State(known(m.GetState(), backmonv1.State_name)),
		Severity:    parseSeverity(m.GetSeverity()),
		Reasons:     each(m.GetReasons(), parseReason),
		Since:       instant(m.GetSince()),
		Policy:      parsePolicy(m.GetPolicy()),
		Files:       parseFiles(m.GetFiles()),
		Slot:        parseSlot(m.GetSlot()),
		Expired:     parseExpired(m.GetExpired()),
		KnownSince:  instant(m.GetKnownSince()),
		SeenAt:      instant(m.GetSeenAt()),
		EvaluatedAt: instant(m.GetEvaluatedAt()),
	}
	for _, f := range m.GetFlags() {
		if f = known(f, backmonv1.Flag_name); f != backmonv1.Flag_FLAG_UNSPECIFIED {
			s.Flags = append(s.Flags, backup.Flag(f))
		}
	}
	return s
}

// known returns value when names has it, else the unspecified one.
func known[E ~int32](value E, names map[int32]string) E {
	if _, ok := names[int32(value)]; !ok {
		return 0
	}
	return value
}

// SameContent reports whether two statuses say the same: all but when and by
// which run it was found out.
func SameContent(a, b *backmonv1.BackupStatus) bool {
	return proto.Equal(content(a), content(b))
}

func content(m *backmonv1.BackupStatus) *backmonv1.BackupStatus {
	c := proto.CloneOf(m)
	c.EvaluatedAt, c.Fence, c.SeenAt = nil, nil, nil
	return c
}

// SeriesID turns a series' name into its message.
func SeriesID(id backup.SeriesID) *backmonv1.SeriesId {
	return &backmonv1.SeriesId{
		Environment: Text(id.Environment), Disk: Text(id.Disk), Directory: Text(id.Directory), File: Text(id.File),
		Group: []byte(id.Group),
	}
}

// ParseSeriesID is the inverse of SeriesID.
func ParseSeriesID(m *backmonv1.SeriesId) backup.SeriesID {
	return backup.SeriesID{
		Environment: m.GetEnvironment(), Disk: m.GetDisk(), Directory: m.GetDirectory(), File: m.GetFile(),
		Group: string(m.GetGroup()),
	}
}

func reason(r backup.Reason) *backmonv1.Reason {
	return &backmonv1.Reason{Code: Text(r.Code), Text: Text(r.Text)}
}

func parseReason(m *backmonv1.Reason) backup.Reason {
	return backup.Reason{Code: m.GetCode(), Text: m.GetText()}
}
