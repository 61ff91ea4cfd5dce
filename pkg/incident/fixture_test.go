package incident

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// night is when the stories of the tests begin: a Monday.
var night = time.Date(2026, 1, 5, 3, 0, 0, 0, time.UTC)

func dumps(group string) Subject {
	return Subject{Environment: "prod", Disk: "db", Directory: "dumps", File: "%Y.gz", Group: group}
}

// saw is an observation of a state and flags, as in "MISSING", "OK EMPTY,SLOW".
func saw(t testing.TB, s Subject, sequence uint64, at time.Time, what string) Observation {
	t.Helper()
	state, flags, _ := strings.Cut(what, " ")
	status := backup.Status{Series: s, EvaluatedAt: at, State: named(t, backup.States(), state)}
	status.Severity = status.State.Severity()
	for _, name := range strings.FieldsFunc(flags, func(r rune) bool { return r == ',' }) {
		f := named(t, backup.Flags(), name)
		status.Flags, status.Severity = append(status.Flags, f), max(status.Severity, f.Severity())
	}
	return Observe(status, sequence)
}

func named[T fmt.Stringer](t testing.TB, values []T, name string) T {
	t.Helper()
	for _, v := range values {
		if v.String() == name {
			return v
		}
	}
	t.Fatalf("%v has no %q", values, name)
	panic("unreachable")
}

// describe writes an incident as "open LATE warning" or "closed EMPTY critical".
func describe(i Incident) string {
	words := []string{"none"}
	switch {
	case i.Open():
		words = []string{"open", i.State.String(), i.Severity.String()}
	case !i.OpenedAt.IsZero():
		words = []string{"closed", i.State.String(), i.Severity.String()}
	}
	if len(i.Flags) > 0 {
		words = append(words, strings.Join(i.Flags, ","))
	}
	if i.Flapping {
		words = append(words, "flapping")
	}
	if i.Gone {
		words = append(words, "gone")
	}
	return strings.Join(words, " ")
}

// live applies what is seen once an hour, sequences counting from 1.
func live(t testing.TB, i Incident, seen ...string) Incident {
	t.Helper()
	for n, what := range seen {
		i, _ = i.Apply(saw(t, dumps("a"), uint64(n)+1, night.Add(time.Duration(n)*time.Hour), what))
	}
	return i
}
