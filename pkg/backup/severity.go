package backup

import (
	"cmp"
	"slices"
)

// Severity returns how bad a state is on its own.
func (s State) Severity() Severity {
	switch s {
	case Late:
		return SeverityWarning
	case Missing:
		return SeverityCritical
	case Unknown:
		return SeverityUnknown
	default:
		return SeverityOK
	}
}

// Severity returns how bad a flag is: without bytes, or too few of them, there
// is no backup; everything else deserves a look.
func (f Flag) Severity() Severity {
	switch f {
	case Empty, TooSmall:
		return SeverityCritical
	case FlagUnspecified:
		return SeverityOK
	default:
		return SeverityWarning
	}
}

// urgency orders the states of equal severity by how much they ask for a look.
var urgency = [...]State{StateUnspecified, Gone, OK, Pending, Due, Late, Unknown, Missing}

// Urgency is how much a status asks for a look: by its severity, and among
// equals by its state. Larger is more urgent.
func (s *Status) Urgency() int {
	return int(s.Severity)*len(urgency) + slices.Index(urgency[:], s.State)
}

// WorstFirst orders statuses by urgency, the most urgent first, then by name.
func WorstFirst(a, b *Status) int {
	return cmp.Or(cmp.Compare(b.Urgency(), a.Urgency()), a.Series.Compare(b.Series))
}
