package incident

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/backup"
)

func TestObserve(t *testing.T) {
	hour := func(n int) time.Time { return night.Add(time.Duration(n) * time.Hour) }
	status := backup.Status{
		Series: dumps("a"), State: backup.Late, Flags: []backup.Flag{backup.Shrunk, backup.Slow}, Severity: backup.SeverityWarning,
		Reasons: []backup.Reason{{Code: "LATE", Text: "expected by 04:00"}}, Since: hour(1),
		Policy: backup.Policy{Schedule: "0 3 * * *", Timezone: "Europe/Berlin", Labels: map[string]string{"team": "db"}},
		Files:  backup.FileFacts{Latest: &backup.LatestFile{File: backup.File{Key: "dumps/a/1.gz", Size: 7}, Time: hour(-24)}},
		Slot:   backup.SlotFacts{Open: hour(0), Deadline: hour(1), Missed: 1, NextDeadline: hour(25)},
		SeenAt: hour(2), EvaluatedAt: hour(2),
	}
	want := Observation{
		Subject: dumps("a"), Sequence: 9, At: hour(2), State: backup.Late, Flags: []string{"SHRUNK", "SLOW"}, Severity: backup.SeverityWarning,
		Reasons: status.Reasons, Labels: map[string]string{"team": "db"},
		Facts: Facts{
			Schedule: "0 3 * * *", Timezone: "Europe/Berlin", Expected: hour(0), Deadline: hour(1), NextDeadline: hour(25), Missed: 1,
			LatestKey: "dumps/a/1.gz", LatestSize: 7, LatestAt: hour(-24), SeenAt: hour(2),
		},
	}
	if diff := cmp.Diff(want, Observe(status, 9)); diff != "" {
		t.Error(diff)
	}
	bare := Observe(backup.Status{Series: dumps("a"), State: backup.Gone, EvaluatedAt: hour(0)}, 10)
	if diff := cmp.Diff(Observation{Subject: dumps("a"), Sequence: 10, At: hour(0), State: backup.Gone, Gone: true}, bare); diff != "" {
		t.Error("gone:", diff)
	}
}

// Which statuses open an incident, and which close one: PENDING and DUE are nobody's
// business, and what is due leaves open what was.
func TestBadAndWell(t *testing.T) {
	cases := []struct {
		what      string
		bad, well bool
	}{
		{"OK", false, true},
		{"PENDING", false, true},
		{"DUE", false, false},
		{"GONE", false, true},
		{"LATE", true, false},
		{"MISSING", true, false},
		{"UNKNOWN", true, false},
		{"OK SLOW", true, false},
		{"DUE EMPTY", true, false},
		{"PENDING FUTURE", true, false},
		{"GONE EMPTY", false, true},
	}
	for _, c := range cases {
		if o := saw(t, dumps("a"), 1, night, c.what); o.bad() != c.bad || o.well() != c.well {
			t.Errorf("%s: bad %v, well %v", c.what, o.bad(), o.well())
		}
	}
	for _, state := range backup.States() {
		for _, flag := range append(backup.Flags(), backup.FlagUnspecified) {
			s := backup.Status{State: state, Severity: max(state.Severity(), flag.Severity()), Flags: []backup.Flag{flag}}
			if o := Observe(s, 1); o.bad() && o.well() {
				t.Errorf("%v %v is bad and well", state, flag)
			}
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Problem.String(), "problem"},
		{Resolved.String(), "resolved"},
		{Reminder.String(), "reminder"},
		{KindDigest.String(), "digest"},
		{Test.String(), "test"},
		{Kind(99).String(), "unspecified"},
		{Kind(-1).String(), "unspecified"},
		{Opened.String(), "opened"},
		{Changed.String(), "changed"},
		{Closed.String(), "closed"},
		{Continues.String(), "continues"},
		{Flaps.String(), "flapping"},
		{Change(99).String(), "unspecified"},
		{Change(-1).String(), "unspecified"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
	for at, change := range Changes() {
		if change.order() != at {
			t.Errorf("%v is number %d", change, change.order())
		}
	}
	if n := len(Changes()); n != len(changeNames)-1 {
		t.Errorf("%d of %d changes are told", n, len(changeNames)-1)
	}
}
