package page

import "github.com/backmon/backmon/pkg/backup"

// badge is a state or severity in a word, a shape and a colour, which say the
// same three times.
type badge struct {
	Text  string
	Class string // of the style sheet: ok, warning, critical, unknown or info
	Icon  string
}

// severityBadge is how a severity looks.
func severityBadge(s backup.Severity) badge {
	text := s.String()
	switch s {
	case backup.SeverityOK, backup.SeverityWarning, backup.SeverityUnknown, backup.SeverityCritical:
		return badge{text, text, text}
	default:
		return badge{text, "info", "info"}
	}
}

// stateBadge is how a state looks. A state that only waits is neither good nor bad.
func stateBadge(s backup.State) badge {
	b := severityBadge(s.Severity())
	if s == backup.Pending || s == backup.Due || s == backup.Gone {
		b = badge{Class: "info", Icon: "info"}
	}
	b.Text = s.String()
	return b
}

func flagBadge(f backup.Flag) badge {
	b := severityBadge(f.Severity())
	b.Text = f.String()
	return b
}
