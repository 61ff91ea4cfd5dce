package backup

// DiskCondition is what the last evaluation of a disk says of the disk itself,
// its series aside.
type DiskCondition struct {
	Unseen     bool // it, or its definitions, could not be read
	MassDelete bool // many files vanished at once
	Flagged    bool // it has any flag, such as that of its quota
	Problems   bool // something is wrong with its definitions
}

// Severity is how bad a disk's own condition is: many files that vanished are
// critical, a disk that can't be seen is unknown, a quota that is used up or a
// problem in its definitions a warning.
func (c DiskCondition) Severity() Severity {
	switch {
	case c.MassDelete:
		return SeverityCritical
	case c.Unseen:
		return SeverityUnknown
	case c.Flagged, c.Problems:
		return SeverityWarning
	default:
		return SeverityOK
	}
}
