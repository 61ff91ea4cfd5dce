package report

import "github.com/backmon/backmon/pkg/backup"

// painter adds ANSI colours when true.
type painter bool

func (p painter) wrap(code, text string) string {
	if !p {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p painter) dim(text string) string { return p.wrap("2", text) }

func (p painter) severity(s backup.Severity, text string) string {
	codes := map[backup.Severity]string{
		backup.SeverityOK: "32", backup.SeverityWarning: "33", backup.SeverityUnknown: "35", backup.SeverityCritical: "1;31",
	}
	return p.wrap(codes[s], text)
}
