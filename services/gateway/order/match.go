package order

import (
	"fmt"
	"slices"
	"strings"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/spelling"
)

// ParseSeverity reads a severity that an incident can have.
func ParseSeverity(text string) (backup.Severity, error) {
	return parseNamed("severity", strings.ToLower(text), incident.Severities())
}

// ParseState reads a state that the subject of an incident can have.
func ParseState(text string) (backup.State, error) {
	return parseNamed("state", strings.ToUpper(text), incident.States())
}

// parseNamed finds a value by its name.
func parseNamed[T fmt.Stringer](what, name string, values []T) (value T, err error) {
	names := namesOf(values)
	if i := slices.Index(names, name); i >= 0 {
		return values[i], nil
	}
	hint := spelling.Hint(name, names)
	if hint == "" {
		hint = "known are " + strings.Join(names, ", ")
	}
	return value, fmt.Errorf("unknown %s %q; %s", what, name, hint)
}
