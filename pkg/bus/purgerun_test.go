package bus_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// writeRuns stores records as "RUN i1/2", for the first of two chunks of an
// intent, or "RUN r1/1" for a result.
func writeRuns(t *testing.T, b *bus.Bus, disk string, records ...string) {
	t.Helper()
	for _, text := range records {
		var run, chunk string
		var n, of int32
		if _, err := fmt.Sscan(text, &run, &chunk); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscanf(chunk[1:], "%d/%d", &n, &of); err != nil {
			t.Fatal(err)
		}
		phase := intent
		if chunk[0] == 'r' {
			phase = result
		}
		audit(t, b, purged(disk, run, phase, n, of), text)
	}
}

// tellRun is a run in short: "A i1 i2 r1".
func tellRun(run bus.PurgeRun) string {
	text := run.Run
	for _, record := range run.Intent {
		text += fmt.Sprint(" i", record.Purged.GetChunk())
	}
	for _, record := range run.Result {
		text += fmt.Sprint(" r", record.Purged.GetChunk())
	}
	return text
}

func TestLastPurged(t *testing.T) {
	cases := []struct {
		name      string
		records   string
		runs      string
		unsettled string
	}{
		{"none", "", "", ""},
		{"one run", "A i1/2, A i2/2, A r1/2, A r2/2", "A i1 i2 r1 r2", ""},
		{"an intent only", "A i1/2, A i2/2", "A i1 i2", "A1 A2"},
		{"not announced", "A i1/2", "A i1", "A1"},
		{"half a result", "A i1/2, A i2/2, A r1/2", "A i1 i2 r1", "A1 A2"},
		{"two purgers", "A i1/1, B i1/1, A r1/1, B r1/1", "A i1 r1, B i1 r1", ""},
		{"one of two died", "A i1/1, B i1/1, B r1/1", "A i1, B i1 r1", "A1"},
		{"a result alone, as of a dry run", "A r1/1", "A r1", ""},
		{"settled later", "A i1/1, B i1/1, B r1/1, A r1/1", "A i1 r1, B i1 r1", ""},
		{"two died", "A i1/2, A i2/2, B i1/1", "A i1 i2, B i1", "A1 A2 B1"},
	}
	b := bustest.Start(t).Connect(t, "purger")
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.records != "" {
				writeRuns(t, b, c.name, strings.Split(c.records, ", ")...)
			}
			audit(t, b, refused(c.name, "Z"), "Z")
			var runs, unsettled []string
			for _, run := range must[[]bus.PurgeRun](t)(b.LastPurged(patient(t), env, c.name)) {
				runs = append(runs, tellRun(run))
			}
			for _, m := range must[[]*backmonv1.FilesPurged](t)(b.UnsettledPurges(patient(t), env, c.name)) {
				unsettled = append(unsettled, fmt.Sprint(m.GetRun(), m.GetChunk()))
			}
			if got := strings.Join(runs, ", "); got != c.runs {
				t.Errorf("runs %q, want %q", got, c.runs)
			}
			if got := strings.Join(unsettled, " "); got != c.unsettled {
				t.Errorf("unsettled %q, want %q", got, c.unsettled)
			}
		})
	}
}

func TestPurgeRunPhases(t *testing.T) {
	chunk := func(n, of int32) bus.AuditRecord {
		return bus.AuditRecord{Purged: purged("d", "A", intent, n, of)}
	}
	cases := []struct {
		name   string
		chunks []bus.AuditRecord
		whole  bool
	}{
		{"none", nil, false},
		{"all", []bus.AuditRecord{chunk(1, 2), chunk(2, 2)}, true},
		{"one lacks", []bus.AuditRecord{chunk(1, 2)}, false},
		{"one twice", []bus.AuditRecord{chunk(1, 2), chunk(1, 2)}, false},
		{"another one lacks", []bus.AuditRecord{chunk(2, 3), chunk(3, 3)}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := (bus.PurgeRun{Intent: c.chunks}).Announced(); got != c.whole {
				t.Errorf("announced: %v", got)
			}
			if got := (bus.PurgeRun{Result: c.chunks}).Accounted(); got != c.whole {
				t.Errorf("accounted: %v", got)
			}
		})
	}
}

// A purger that is killed leaves an intent; the next process finds it, over a
// restart of the server too.
func TestUnsettledOverRestart(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		writeRuns(t, s.Connect(t, "killed"), "d", "A i1/1")
		if s.Embedded() {
			s.Restart(t)
		} else {
			s.StopLeader(t, bus.StreamAudit)
		}
		next := s.Connect(t, "next")
		chunks := must[[]*backmonv1.FilesPurged](t)(next.UnsettledPurges(patient(t), env, "d"))
		if len(chunks) != 1 || chunks[0].GetRun() != "A" {
			t.Fatalf("unsettled %v", chunks)
		}
		writeRuns(t, next, "d", "A r1/1")
		if chunks := must[[]*backmonv1.FilesPurged](t)(next.UnsettledPurges(patient(t), env, "d")); len(chunks) != 0 {
			t.Errorf("unsettled after the result: %v", chunks)
		}
	})
}

// An intent that lies further back than the window is looked for.
func TestRunBeganBeforeTheWindow(t *testing.T) {
	b := bustest.Start(t).Connect(t, "purger")
	writeRuns(t, b, "d", "A i1/2", "A i2/2", "B i1/1", "A r1/2")
	var sequences []uint64
	for _, run := range must[[]bus.PurgeRun](t)(b.LastPurgedWithin(patient(t), env, "d", time.Nanosecond)) {
		for _, record := range slices.Concat(run.Intent, run.Result) {
			sequences = append(sequences, record.Sequence)
		}
	}
	if !slices.Equal(sequences, []uint64{1, 2, 4, 3}) {
		t.Errorf("records %d", sequences)
	}
}
