package incident

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/backup"
)

// Each case is what is seen, one after the other, and the incident after each.
func TestApply(t *testing.T) {
	cases := []struct{ name, seen, want string }{
		{"nothing is wrong", "OK | PENDING | DUE | GONE", "none | none | none | none"},
		{"late and well again", "LATE | OK", "open LATE warning | closed LATE warning"},
		{"late, then missing", "OK | LATE | MISSING", "none | open LATE warning | open MISSING critical"},
		{"better, but not well", "MISSING | LATE | OK", "open MISSING critical | open LATE warning | closed LATE warning"},
		{
			"a slot that is due proves nothing", "MISSING | DUE | MISSING | DUE | OK",
			"open MISSING critical | open MISSING critical | open MISSING critical | open MISSING critical | closed MISSING critical",
		},
		{"due while all is well", "OK | DUE | OK", "none | none | none"},
		{"due after it was closed", "LATE | OK | DUE", "open LATE warning | closed LATE warning | closed LATE warning"},
		{"not yet expected", "MISSING | PENDING", "open MISSING critical | closed MISSING critical"},
		{"a flag alone", "OK EMPTY | OK", "open OK critical EMPTY | closed OK critical EMPTY"},
		{
			"a second flag", "OK SLOW | OK SHRUNK,SLOW | OK SLOW",
			"open OK warning SLOW | open OK warning SHRUNK,SLOW | open OK warning SLOW",
		},
		{"a flag while a slot is due", "OK SLOW | DUE SLOW | OK", "open OK warning SLOW | open DUE warning SLOW | closed DUE warning SLOW"},
		{"not seen", "UNKNOWN | OK", "open UNKNOWN unknown | closed UNKNOWN unknown"},
		{"not seen while it is bad", "LATE | UNKNOWN | LATE", "open LATE warning | open UNKNOWN unknown | open LATE warning"},
		{"the subject ends while it is bad", "MISSING | GONE", "open MISSING critical | closed MISSING critical gone"},
		{"the subject ends after", "LATE | OK | GONE", "open LATE warning | closed LATE warning | closed LATE warning gone"},
		{"the subject is back", "LATE | GONE | OK", "open LATE warning | closed LATE warning gone | closed LATE warning"},
		{"the subject is back and bad", "LATE | GONE | MISSING", "open LATE warning | closed LATE warning gone | open MISSING critical"},
		{"a new episode", "MISSING | OK | LATE", "open MISSING critical | closed MISSING critical | open LATE warning"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var i Incident
			var got []string
			for n, what := range strings.Split(c.seen, " | ") {
				i, _ = i.Apply(saw(t, dumps("a"), uint64(n)+1, night.Add(time.Duration(n)*backup.Day), what))
				got = append(got, describe(i))
			}
			if diff := cmp.Diff(strings.Split(c.want, " | "), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTimesOfAnEpisode(t *testing.T) {
	at := func(hours int) time.Time { return night.Add(time.Duration(hours) * time.Hour) }
	cases := []struct {
		name                    string
		seen                    []string
		opened, changed, closed time.Time
		worst                   backup.Severity
	}{
		{"opened", []string{"LATE"}, at(0), at(0), time.Time{}, backup.SeverityWarning},
		{"as before", []string{"LATE", "LATE"}, at(0), at(0), time.Time{}, backup.SeverityWarning},
		{"another state", []string{"LATE", "LATE", "MISSING"}, at(0), at(2), time.Time{}, backup.SeverityCritical},
		{"another flag", []string{"OK SLOW", "OK SHRUNK"}, at(0), at(1), time.Time{}, backup.SeverityWarning},
		{"due is no change", []string{"LATE", "DUE"}, at(0), at(0), time.Time{}, backup.SeverityWarning},
		{"due with a flag is none", []string{"OK SLOW", "DUE SLOW", "OK SLOW"}, at(0), at(0), time.Time{}, backup.SeverityWarning},
		{"better", []string{"MISSING", "LATE"}, at(0), at(1), time.Time{}, backup.SeverityCritical},
		{"closed", []string{"MISSING", "LATE", "LATE", "OK"}, at(0), at(3), at(3), backup.SeverityCritical},
		{"well ever since", []string{"LATE", "OK", "OK"}, at(0), at(1), at(1), backup.SeverityWarning},
		{"again", []string{"MISSING", "OK", "LATE"}, at(2), at(2), time.Time{}, backup.SeverityWarning},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			i := live(t, Incident{}, c.seen...)
			if i.OpenedAt != c.opened || i.ChangedAt != c.changed || i.ClosedAt != c.closed || i.Worst != c.worst {
				t.Errorf("opened %v, changed %v, closed %v, worst %v", i.OpenedAt, i.ChangedAt, i.ClosedAt, i.Worst)
			}
		})
	}
}

// What was seen before, or again, changes nothing, whatever it says.
func TestOlderObservations(t *testing.T) {
	for _, before := range []string{"LATE", "LATE | MISSING", "LATE | OK", "LATE | GONE", "LATE | DUE"} {
		i := live(t, Incident{}, strings.Split(before, " | ")...)
		for sequence := uint64(1); sequence <= i.Sequence; sequence++ {
			for _, what := range []string{"OK", "DUE", "MISSING EMPTY", "UNKNOWN", "GONE"} {
				got, changed := i.Apply(saw(t, dumps("a"), sequence, night.Add(backup.Day), what))
				if diff := cmp.Diff(i, got); changed || diff != "" {
					t.Errorf("%s, then %s with sequence %d: changed %v\n%s", before, what, sequence, changed, diff)
				}
			}
		}
	}
}

// Whatever is seen of what is not worth a record leaves none.
func TestNothingToRemember(t *testing.T) {
	for _, what := range []string{"OK", "DUE", "PENDING", "GONE"} {
		if got, changed := (Incident{}).Apply(saw(t, dumps("a"), 7, night, what)); changed || !got.OpenedAt.IsZero() {
			t.Errorf("%s: changed %v, %+v", what, changed, got)
		}
	}
}

// A closed incident is another one only when something about it is.
func TestRestIsQuiet(t *testing.T) {
	closed := live(t, Incident{}, "LATE", "OK")
	cases := []struct {
		name, seen string
		after      time.Duration
		changed    bool
	}{
		{"still well", "OK", time.Hour, false},
		{"a slot comes", "DUE", time.Hour, false},
		{"it ends", "GONE", time.Hour, true},
		{"its turns have passed", "OK", 3 * backup.Day, false},
		{"bad again", "LATE", time.Hour, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, changed := closed.Apply(saw(t, dumps("a"), 3, closed.ClosedAt.Add(c.after), c.seen))
			if changed != c.changed || got.Sequence != 3 {
				t.Errorf("changed %v, sequence %d", changed, got.Sequence)
			}
		})
	}
}

// The incident has all that the observation says, and is no longer than that.
func TestWhatIsTaken(t *testing.T) {
	labels := map[string]string{"team": "db"}
	reasons := []backup.Reason{{Code: "LATE", Text: "expected by 04:00"}}
	facts := Facts{Schedule: "0 3 * * *", Timezone: "UTC", Missed: 1, LatestKey: "dumps/a/2026.gz", LatestSize: 7}
	o := saw(t, dumps("a"), 9, night, "LATE SLOW")
	o.Labels, o.Reasons, o.Facts, o.Unseen = labels, reasons, facts, true
	got, changed := Incident{}.Apply(o)
	want := Incident{
		Subject: dumps("a"), ID: got.ID, Sequence: 9, State: backup.Late, Flags: []string{"SLOW"}, Severity: backup.SeverityWarning,
		Worst: backup.SeverityWarning, Reasons: reasons, Labels: labels, OpenedAt: night, ChangedAt: night, Facts: facts,
		Unseen: true, Turns: []time.Time{night},
	}
	if diff := cmp.Diff(want, got); !changed || diff != "" {
		t.Errorf("changed %v\n%s", changed, diff)
	}

	o = saw(t, dumps("a"), 10, night.Add(time.Hour), "OK")
	o.Facts = Facts{LatestKey: "dumps/a/2027.gz"}
	want.Sequence, want.Facts, want.ClosedAt, want.ChangedAt = 10, o.Facts, o.At, o.At
	want.Turns = append(want.Turns, o.At)
	got, _ = got.Apply(o)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("closed:", diff)
	}
}

// An episode has one ID, and no other has it.
func TestIDs(t *testing.T) {
	seen := map[string]string{}
	for _, group := range []string{"a", "b", "aa", ""} {
		var i Incident
		for n, what := range []string{"LATE", "MISSING", "OK", "LATE", "OK", "MISSING"} {
			i, _ = i.Apply(saw(t, dumps(group), uint64(n)+1, night.Add(time.Duration(n)*time.Hour), what))
			episode := fmt.Sprint(group, i.OpenedAt)
			if other, taken := seen[i.ID]; taken && other != episode {
				t.Errorf("%s: ID %s is that of %s", episode, i.ID, other)
			}
			seen[i.ID] = episode
		}
	}
	if len(seen) != 4*3 {
		t.Errorf("%d IDs of 4 series with 3 episodes each", len(seen))
	}
}

// Incidents share no memory that a later one writes to.
func TestApplyKeepsTheOld(t *testing.T) {
	i := live(t, Incident{}, "LATE", "OK", "LATE")
	i.Turns = slices.Grow(i.Turns, 8)
	before := slices.Clone(i.Turns)
	closed, _ := i.Apply(saw(t, dumps("a"), 9, night.Add(4*time.Hour), "OK"))
	later, _ := i.Apply(saw(t, dumps("a"), 9, night.Add(5*time.Hour), "OK"))
	if closed.Turns[3].Equal(later.Turns[3]) || !slices.Equal(i.Turns, before) {
		t.Errorf("turns %v, then %v or %v", i.Turns, closed.Turns, later.Turns)
	}
	gone, _ := i.Apply(saw(t, dumps("a"), 9, night.Add(2*backup.Day), "MISSING"))
	if len(gone.Turns) != 0 || !slices.Equal(i.Turns, before) {
		t.Errorf("turns %v, and days later %v", i.Turns, gone.Turns)
	}
}
