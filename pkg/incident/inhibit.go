package incident

import (
	"slices"

	"github.com/backmon/backmon/pkg/backup"
)

// BadDefinitions is the flag of a disk whose definitions have errors.
const BadDefinitions = "BAD_DEFINITIONS"

// Inhibits reports whether the incident of a disk as a whole says all that there is
// to say of an incident on it: the series can't be seen because the disk, or its
// definition, can't be. What is wrong with backups that are seen is told beside it.
func Inhibits(disk, of Incident) bool {
	return !OfDisk(of.Subject) && disk.Open() && of.State == backup.Unknown && disk.Hides()
}

// Hides reports whether the incident is one of a disk that keeps series from being
// seen, or was one before it closed.
func (i Incident) Hides() bool { return i.Unseen || slices.Contains(i.Flags, BadDefinitions) }
