package backup

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
