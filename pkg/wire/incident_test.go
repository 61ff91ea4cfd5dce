package wire_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

func (d dice) seriesID() backup.SeriesID {
	return backup.SeriesID{Environment: d.name(), Disk: d.name(), Directory: d.name(), File: d.name(), Group: d.group()}
}

func (d dice) severity() backup.Severity { return backup.Severity(d.IntN(4)) }

// some makes up to three values, and nil rather than none.
func some[T any](d dice, one func() T) []T {
	var out []T
	for range d.IntN(4) {
		out = append(out, one())
	}
	return out
}

func (d dice) texts() map[string]string {
	if d.IntN(3) == 0 {
		return nil
	}
	return map[string]string{"team": d.name(), d.name(): d.name()}
}

func (d dice) incident() incident.Incident {
	i := incident.Incident{
		Subject: d.seriesID(), ID: d.name(), Sequence: d.Uint64(), State: backup.States()[d.IntN(len(backup.States()))],
		Flags: some(d, d.name), Severity: d.severity(), Worst: d.severity(), Labels: d.texts(),
		Reasons:  some(d, func() backup.Reason { return backup.Reason{Code: d.name(), Text: d.name()} }),
		OpenedAt: d.instant(), ChangedAt: d.instant(), ClosedAt: d.instant(), Unseen: d.IntN(2) == 0,
		Turns:    some(d, func() time.Time { return time.Unix(d.Int64N(4e9), d.Int64N(1e9)).UTC() }),
		Flapping: d.IntN(2) == 0, Gone: d.IntN(2) == 0,
	}
	if d.IntN(2) == 0 {
		i.Facts = incident.Facts{
			Schedule: d.name(), Timezone: d.name(), Expected: d.instant(), Deadline: d.instant(), NextDeadline: d.instant(),
			Missed: d.IntN(1000), LatestKey: d.group(), LatestSize: d.Int64(), LatestAt: d.instant(), SeenAt: d.instant(),
		}
	}
	return i
}

func (d dice) silence() incident.Silence {
	s := incident.Silence{
		ID: d.name(), By: d.name(), Why: d.name(), Since: d.instant(), Until: d.instant(),
		Match: incident.Match{
			Environments: some(d, d.name), Disks: some(d, d.name), Directories: some(d, d.name), Files: some(d, d.name), Groups: some(d, d.group),
			Severities: some(d, d.severity),
			States:     some(d, func() backup.State { return backup.States()[d.IntN(len(backup.States()))] }),
		},
	}
	if d.IntN(2) == 0 {
		s.Match.Labels = map[string][]string{"team": {d.name()}, d.name(): some(d, d.name)}
	}
	return s
}

// overTheWire sends a message as bytes.
func overTheWire[M proto.Message](t testing.TB, sent, empty M) M {
	t.Helper()
	data, err := proto.Marshal(sent)
	if err != nil {
		t.Fatalf("marshal: %v", err)
	}
	if err := proto.Unmarshal(data, empty); err != nil {
		t.Fatalf("unmarshal: %v", err)
	}
	return empty
}

func TestIncidentRoundTrip(t *testing.T) {
	for seed := range uint64(2000) {
		want := newDice(seed).incident()
		got := wire.ParseIncident(overTheWire(t, wire.Incident(want), new(backmonv1.Incident)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d: the incident changed on the wire (-want +got):\n%s", seed, diff)
		}
		if want.Content() != got.Content() || incident.Key(want.Subject) != incident.Key(got.Subject) {
			t.Fatalf("seed %d: its hashes changed", seed)
		}
	}
}

func TestSilenceRoundTrip(t *testing.T) {
	for seed := range uint64(2000) {
		want := newDice(seed).silence()
		got := wire.ParseSilence(overTheWire(t, wire.Silence(want), new(backmonv1.Silence)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

// FuzzIncidentRoundTrip has names and texts that are no UTF-8.
func FuzzIncidentRoundTrip(f *testing.F) {
	f.Add(uint64(1), "group\xff", "flag\xff", "reason\xff")
	f.Fuzz(func(t *testing.T, seed uint64, group, flag, text string) {
		i := newDice(seed).incident()
		i.Subject.Group, i.Flags, i.Reasons = group, []string{flag}, []backup.Reason{{Code: flag, Text: text}}
		got := wire.ParseIncident(overTheWire(t, wire.Incident(i), new(backmonv1.Incident)))
		if got.Subject != i.Subject {
			t.Errorf("subject %q became %q", i.Subject, got.Subject)
		}
		again := wire.ParseIncident(overTheWire(t, wire.Incident(got), new(backmonv1.Incident)))
		if diff := cmp.Diff(got, again); diff != "" || got.Content() != again.Content() {
			t.Errorf("not stable: %s", diff)
		}
	})
}

func TestNothingIsParsedAsNothing(t *testing.T) {
	if got := wire.ParseIncident(nil); got.Open() || got.Sequence != 0 || !got.OpenedAt.IsZero() {
		t.Errorf("incident %+v", got)
	}
	if got := wire.ParseNoticeGroup(nil); got.Pending != nil || got.Written != 0 || len(got.Told) != 0 {
		t.Errorf("group %+v", got)
	}
}

// A list that holds only what this version doesn't know must not become an empty
// one, which matches everything.
func TestUnknownMatchesNothing(t *testing.T) {
	for name, m := range map[string]*backmonv1.IncidentMatch{
		"a severity":  {Severities: []backmonv1.Severity{77}},
		"no severity": {Severities: []backmonv1.Severity{0}},
		"a state":     {States: []backmonv1.State{77}},
	} {
		for _, s := range []backup.Severity{backup.SeverityOK, backup.SeverityWarning, backup.SeverityUnknown, backup.SeverityCritical} {
			for _, state := range backup.States() {
				if wire.ParseMatch(m).Covers(incident.Incident{Severity: s, State: state}) {
					t.Errorf("%s covers %v and %v", name, s, state)
				}
			}
		}
	}
}
