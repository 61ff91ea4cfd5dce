package board

import (
	"slices"
	"strings"

	"github.com/backmon/backmon/pkg/backup"
)

// Bounds of Query.Limit.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
)

// Query chooses series and the part of them to show. The zero Query chooses all,
// the worst first.
type Query struct {
	// Names of series: each is exact, an empty one stands for all.
	Environment, Disk, Directory, File, Group string
	// States and Severities of which a series has one; none stands for all.
	States     []backup.State
	Severities []backup.Severity
	// Flags of which a series has at least one; none stands for all.
	Flags []backup.Flag
	// Labels that a series has, all of them. An empty value stands for any.
	Labels map[string]string
	// Text holds words that all occur somewhere in the series' names, labels or
	// the name of its newest file, whatever their case.
	Text string

	Sort Sort // SortWorst when empty
	// Limit is how many a page holds: DefaultLimit when 0, at most MaxLimit.
	Limit int
	// Page is the number of the page, from 1; the first when 0.
	Page int
	// Only chooses among what the rest of the query chooses, when it is set; it is
	// no part of a URL.
	Only func(*backup.Status) bool
	// After is the Next of the page before: unlike a page's number it skips and
	// repeats none while series change. With it Page counts for nothing.
	After Cursor
}

// Names reports whether the query's names agree with those of a series: they
// never change, unlike all else that a query asks for.
func (q Query) Names(id backup.SeriesID) bool {
	return agrees(q.Environment, id.Environment) && agrees(q.Disk, id.Disk) && agrees(q.Directory, id.Directory) &&
		agrees(q.File, id.File) && agrees(q.Group, id.Group)
}

func agrees(wanted, name string) bool { return wanted == "" || wanted == name }

// Matches reports whether the query chooses the series.
func (q Query) Matches(e *Entry) bool {
	m := newMatcher(q)
	return m.state(e) && m.severity(e) && m.rest(e)
}

// matcher is a query made ready for many entries.
type matcher struct {
	Query
	words []string
}

func newMatcher(q Query) matcher { return matcher{q, strings.Fields(strings.ToLower(q.Text))} }

func (m *matcher) state(e *Entry) bool {
	return len(m.States) == 0 || slices.Contains(m.States, e.Status.State)
}

func (m *matcher) severity(e *Entry) bool {
	return len(m.Severities) == 0 || slices.Contains(m.Severities, e.Status.Severity)
}

// rest is everything but states and severities.
func (m *matcher) rest(e *Entry) bool {
	return m.Names(e.Status.Series) && m.flagged(e) && m.labelled(e) && m.mentions(e) && (m.Only == nil || m.Only(&e.Status))
}

func (m *matcher) flagged(e *Entry) bool {
	return len(m.Flags) == 0 || slices.ContainsFunc(e.Status.Flags, func(f backup.Flag) bool { return slices.Contains(m.Flags, f) })
}

func (m *matcher) labelled(e *Entry) bool {
	for key, wanted := range m.Labels {
		if value, has := e.Status.Policy.Labels[key]; !has || !agrees(wanted, value) {
			return false
		}
	}
	return true
}

func (m *matcher) mentions(e *Entry) bool {
	for _, word := range m.words {
		if !strings.Contains(e.text, word) {
			return false
		}
	}
	return true
}

// searchText is what Query.Text looks in.
func searchText(s *backup.Status) string {
	parts := []string{s.Series.Environment, s.Series.Disk, s.Series.Directory, s.Series.File, s.Series.Group}
	for key, value := range s.Policy.Labels {
		parts = append(parts, key+"="+value)
	}
	if l := s.Files.Latest; l != nil {
		parts = append(parts, l.Key)
	}
	return strings.ToLower(strings.Join(parts, "\n"))
}
