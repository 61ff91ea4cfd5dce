package purger

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/scan"
	"github.com/backmon/backmon/pkg/storage"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

var noon = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

const definitionsKey = "backup_definitions.yaml"

// nightly keeps the three newest files.
const nightly = `
directories:
  db/{{tenant}}:
    alias: db
    files:
      d-%Y%M%D.gz: {alias: d, purge: true, keep-last: 3}
`

// stage is a disk, a bus, and the purger between them.
type stage struct {
	disk    *memDisk
	bus     *fakeBus
	now     time.Time
	config  Config
	service *Service
}

func newStage(t testing.TB, definitions string) *stage {
	t.Helper()
	s := &stage{disk: newMemDisk(), bus: newFakeBus(), now: noon}
	s.config = Config{
		Enforce: true, MaxShare: 0.1, Interval: time.Hour, MaxDefinition: 1 << 16,
		Environments: []Environment{{Name: "env", Provider: s.disk, Definitions: definitionsKey}},
	}
	s.define(definitions)
	s.restart(t)
	return s
}

func (s *stage) define(text string) { s.disk.put(definitionsKey, int64(len(text)), noon, text) }

// restart is a new process: nothing is remembered.
func (s *stage) restart(t testing.TB) {
	t.Helper()
	s.config.Now = func() time.Time { return s.now }
	service, err := New(s.config, s.bus, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	s.service = service
}

// nights lays a file for each of the last nights, the newest first.
func (s *stage) nights(group string, count int) (keys []string) {
	for i := range count {
		at := noon.AddDate(0, 0, -i).Add(-9 * time.Hour)
		key := group + "/d-" + at.Format("20060102") + ".gz"
		s.disk.put(key, 100, at, "")
		keys = append(keys, key)
	}
	return keys
}

// evaluate scans the disk as the evaluator does.
func (s *stage) evaluate() bus.DiskJob {
	scanner := scan.Scanner{Stats: storage.NewStatReader(0, 0), MaxDefinition: 1 << 16}
	target := scan.Target{Environment: "env", Disk: s.disk, Definitions: definitionsKey}
	step := s.disk.step
	s.disk.step = func(string) {}
	result := scanner.Scan(context.Background(), target, s.now, s.bus.statuses(), nil)
	s.disk.step = step
	status := soundDisk(s.now)
	if result.Failure != nil {
		status.ErrorKind, status.PurgeFrozen = backmonv1.ErrorKind(result.Failure.Kind), "can't be judged"
	}
	if status.DefinitionSound = result.Definition != nil && !backup.HasErrors(result.Definition.Problems); !status.GetDefinitionSound() {
		status.PurgeFrozen = "the definitions have an error"
	}
	return s.bus.publish(result.Statuses, status)
}

// purge evaluates the disk and works on its status.
func (s *stage) purge(t testing.TB) {
	t.Helper()
	if err := s.service.handle(t.Context(), s.evaluate()); err != nil {
		t.Fatal(err)
	}
}

// wantGone fails unless just these files were deleted, and nothing else is missing.
func (s *stage) wantGone(t testing.TB, keys ...string) {
	t.Helper()
	var gone []string
	for _, f := range s.disk.gone {
		gone = append(gone, f.key)
	}
	if fmt.Sprint(gone) != fmt.Sprint(keys) {
		t.Errorf("deleted %q, want %q", gone, keys)
	}
}

func (s *stage) wantRefused(t testing.TB, reasons ...string) {
	t.Helper()
	if got := s.bus.refusals(); fmt.Sprint(got) != fmt.Sprint(reasons) {
		t.Errorf("refused for %q, want %q", got, reasons)
	}
}

// verdicts are those of the last results, by key.
func (s *stage) verdicts() map[string]string {
	all := map[string]string{}
	for _, m := range s.bus.purged() {
		if m.GetPhase() != backmonv1.PurgePhase_PURGE_PHASE_RESULT {
			continue
		}
		for _, f := range m.GetFiles() {
			all[string(f.GetKey())] = f.GetVerdict().String()[len("PURGE_VERDICT_"):]
		}
	}
	return all
}
