package backup_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/backmon/backmon/pkg/backup"
)

func TestWorstFirst(t *testing.T) {
	status := func(group string, state backup.State, flags ...backup.Flag) backup.Status {
		s := backup.Status{Series: backup.SeriesID{Group: group}, State: state, Severity: state.Severity()}
		for _, f := range flags {
			s.Severity = max(s.Severity, f.Severity())
		}
		return s
	}
	want := []backup.Status{
		status("z", backup.Missing),
		status("a", backup.OK, backup.Empty),
		status("a", backup.Unknown),
		status("a", backup.Late),
		status("b", backup.Late),
		status("a", backup.OK, backup.Grew),
		status("a", backup.Due),
		status("a", backup.Pending),
		status("a", backup.OK),
		status("a", backup.Gone),
		status("a", backup.StateUnspecified),
	}
	dice := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		got := slices.Clone(want)
		dice.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		slices.SortFunc(got, func(a, b backup.Status) int { return backup.WorstFirst(&a, &b) })
		for i := range want {
			if got[i].Series != want[i].Series || got[i].State != want[i].State || got[i].Severity != want[i].Severity {
				t.Fatalf("place %d: %v %v %v, want %v %v %v", i, got[i].State, got[i].Severity, got[i].Series.Group, want[i].State, want[i].Severity, want[i].Series.Group)
			}
		}
	}
}

// A state that is added must be given its place.
func TestUrgencyKnowsAllStates(t *testing.T) {
	for _, state := range backup.States() {
		s := backup.Status{State: state}
		if s.Urgency() < 0 {
			t.Errorf("%v has no urgency", state)
		}
	}
}
