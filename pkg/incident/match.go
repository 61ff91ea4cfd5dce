package incident

import (
	"slices"
	"strings"

	"github.com/backmon/backmon/pkg/backup"
)

// Match chooses incidents. Within a list one entry has to match, and every list
// that is not empty has to; the zero Match chooses all. In names and labels "*"
// stands for any run of characters.
type Match struct {
	Environments, Disks, Directories, Files, Groups []string
	Labels                                          map[string][]string
	Severities                                      []backup.Severity
	States                                          []backup.State
}

// Covers reports whether the match chooses the incident as it is now. A disk as a
// whole has no directory, file, group or label: only "*" matches these.
func (m Match) Covers(i Incident) bool {
	return m.MayCover(i.Subject, i.Labels) &&
		(len(m.Severities) == 0 || slices.Contains(m.Severities, i.Severity)) &&
		(len(m.States) == 0 || slices.Contains(m.States, i.State))
}

// MayCover reports whether the match chooses incidents of a subject with the labels,
// of whichever severity and state.
func (m Match) MayCover(s Subject, labels map[string]string) bool {
	return m.CoversSubject(s) && m.coversLabels(labels)
}

// CoversSubject looks at the names only.
func (m Match) CoversSubject(s Subject) bool {
	return anyOf(m.Environments, s.Environment) && anyOf(m.Disks, s.Disk) && anyOf(m.Directories, s.Directory) &&
		anyOf(m.Files, s.File) && anyOf(m.Groups, s.Group)
}

// Includes reports whether the match chooses every incident that the other one
// chooses, as far as the two alone can tell.
func (m Match) Includes(other Match) bool {
	return includes(m.Environments, other.Environments) && includes(m.Disks, other.Disks) && includes(m.Directories, other.Directories) &&
		includes(m.Files, other.Files) && includes(m.Groups, other.Groups) && m.includesLabels(other.Labels) &&
		containsAll(m.Severities, other.Severities) && containsAll(m.States, other.States)
}

func (m Match) includesLabels(others map[string][]string) bool {
	for name, values := range m.Labels {
		if !includes(values, others[name]) {
			return false
		}
	}
	return true
}

// includes reports whether each of the other patterns is matched as a name: as no
// text between the stars of a pattern holds a star, only a star can match one. No
// patterns at all are "*".
func includes(patterns, others []string) bool {
	if len(others) == 0 {
		others = []string{"*"}
	}
	return !slices.ContainsFunc(others, func(other string) bool { return !anyOf(patterns, other) })
}

func containsAll[T comparable](list, others []T) bool {
	return len(list) == 0 || len(others) > 0 && !slices.ContainsFunc(others, func(other T) bool { return !slices.Contains(list, other) })
}

func (m Match) coversLabels(labels map[string]string) bool {
	for name, values := range m.Labels {
		if !anyOf(values, labels[name]) {
			return false
		}
	}
	return true
}

func anyOf(patterns []string, name string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool { return wildcard(p, name) })
}

// wildcard matches a name with a pattern in which "*" is any run of characters.
func wildcard(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(name) < len(first)+len(last) || !strings.HasPrefix(name, first) || !strings.HasSuffix(name, last) {
		return false
	}
	name = name[len(first) : len(name)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(name, part)
		if at < 0 {
			return false
		}
		name = name[at+len(part):]
	}
	return true
}

// Route sends what it matches to receivers.
type Route struct {
	Match     Match
	Receivers []string
	// Continue goes on to the routes after this one; without it the first match wins.
	Continue bool
}

// Taken returns the indexes of the routes that the incident takes.
func Taken(routes []Route, i Incident) []int {
	var taken []int
	for n, r := range routes {
		if !r.Match.Covers(i) {
			continue
		}
		taken = append(taken, n)
		if !r.Continue {
			break
		}
	}
	return taken
}

// Receivers returns the names of who is told of the incident, each once, in the
// order of the routes. Without any route it is everyone.
func Receivers(routes []Route, everyone []string, i Incident) []string {
	if len(routes) == 0 {
		return everyone
	}
	var out []string
	for _, n := range Taken(routes, i) {
		for _, name := range routes[n].Receivers {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// Severities lists those that an incident can have, the least first.
func Severities() []backup.Severity {
	return []backup.Severity{backup.SeverityWarning, backup.SeverityUnknown, backup.SeverityCritical}
}

// States lists those that the subject of an incident can have.
func States() []backup.State {
	return slices.DeleteFunc(backup.States(), func(s backup.State) bool { return s == backup.Gone })
}
