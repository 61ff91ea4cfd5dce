package purger

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// longest is an account whose every part is as long as it gets.
func longest(files int) *account {
	group := strings.Repeat("g", 1000)
	id := wire.SeriesID(backup.SeriesID{Environment: "env", Disk: strings.Repeat("d", 63), Directory: group, File: "f", Group: group})
	a := &account{bus: newFakeBus(), now: func() time.Time { return noon }, message: &backmonv1.FilesPurged{Run: "run"}}
	for i := range files {
		key := fmt.Sprintf("%s/%023d", group, i)
		a.files = append(a.files, &backmonv1.PurgedFile{Series: id, Key: []byte(key), Size: 7, Etag: strings.Repeat("e", 70)})
		a.reasons = append(a.reasons, "")
	}
	return a
}

// TestChunksFitIntoMessages: every phase has the same chunks, whatever was to say.
func TestChunksFitIntoMessages(t *testing.T) {
	for _, files := range []int{1, 2, 100, 1000} {
		a := longest(files)
		phases := []backmonv1.PurgePhase{backmonv1.PurgePhase_PURGE_PHASE_INTENT, backmonv1.PurgePhase_PURGE_PHASE_RESULT}
		for _, phase := range phases {
			if err := a.publish(t.Context(), phase); err != nil {
				t.Fatalf("%d files, %s: %v", files, phase, err)
			}
			a.leave(0, backmonv1.PurgeVerdict_PURGE_VERDICT_FAILED, strings.Repeat("\xff", 10_000))
		}
		byPhase := map[backmonv1.PurgePhase][]*backmonv1.FilesPurged{}
		for _, m := range a.bus.(*fakeBus).purged() {
			byPhase[m.GetPhase()] = append(byPhase[m.GetPhase()], m)
		}
		if len(byPhase[phases[0]]) != len(byPhase[phases[1]]) {
			t.Errorf("%d files: %d chunks of the intent, %d of the result", files, len(byPhase[phases[0]]), len(byPhase[phases[1]]))
		}
		for _, phase := range phases {
			checkChunks(t, byPhase[phase], files)
		}
	}
}

func checkChunks(t *testing.T, chunks []*backmonv1.FilesPurged, files int) {
	t.Helper()
	next := 0
	for i, m := range chunks {
		if m.GetChunk() != int32(i+1) || m.GetChunks() != int32(len(chunks)) || m.GetTotals().GetPlanned() != int64(files) {
			t.Errorf("chunk %d of %d says %d of %d, %v", i+1, len(chunks), m.GetChunk(), m.GetChunks(), m.GetTotals())
		}
		for _, f := range m.GetFiles() {
			if want := fmt.Sprintf("/%023d", next); !strings.HasSuffix(string(f.GetKey()), want) {
				t.Fatalf("got %q, want %q", f.GetKey(), want)
			}
			next++
		}
	}
	if next != files {
		t.Errorf("%d files in the chunks, want %d", next, files)
	}
}

// TestSettledHasTheChunksOfTheIntent, so that a result that broke off is made whole.
func TestSettledHasTheChunksOfTheIntent(t *testing.T) {
	a := longest(300)
	intent := chunks(a.files)
	for _, f := range a.files {
		f.Verdict, f.StatDeleted, f.Until = backmonv1.PurgeVerdict_PURGE_VERDICT_HELD, true, wire.Stamp(noon)
		f.Reason = reason(strings.Repeat("x", 1000))
	}
	for i, files := range chunks(a.files) {
		if len(files) != len(intent[i]) {
			t.Fatalf("chunk %d has %d files, in the intent %d", i, len(files), len(intent[i]))
		}
		if size := proto.Size(&backmonv1.FilesPurged{Files: files}); size > chunkBytes {
			t.Errorf("chunk %d has %d bytes, over %d", i, size, chunkBytes)
		}
	}
}

func TestTotals(t *testing.T) {
	a := longest(12)
	for i, f := range a.files {
		f.Verdict = backmonv1.PurgeVerdict(i % 10)
	}
	got := a.totals()
	if got.GetPlanned() != 12 || got.GetPlannedBytes() != 84 || got.GetDeleted() != 2 || got.GetFreedBytes() != 14 {
		t.Errorf("got %v", got)
	}
	last := backmonv1.PurgeVerdict(0)
	for _, c := range got.GetRefused() {
		if c.GetFiles() != 1 || c.GetVerdict() <= last || c.GetVerdict() == backmonv1.PurgeVerdict_PURGE_VERDICT_DELETED {
			t.Errorf("got %v", got.GetRefused())
		}
		last = c.GetVerdict()
	}
	if len(got.GetRefused()) != 8 {
		t.Errorf("%d verdicts, want 8", len(got.GetRefused()))
	}
	if a.gone() != 4 { // two deleted, one absent, one hidden
		t.Errorf("%d gone, want 4", a.gone())
	}
}

func TestEnter(t *testing.T) {
	a := longest(3)
	deletion := func(i int, v storage.Verdict, err error) storage.Deletion {
		return storage.Deletion{Victim: storage.Victim{Key: string(a.files[i].GetKey())}, Verdict: v, Err: err}
	}
	a.enter(1, 3, []storage.Deletion{deletion(2, storage.Deleted, nil), deletion(2, storage.Deleted, errors.New("its .stat stayed"))})
	if a.files[0].GetVerdict() != 0 || a.files[1].GetVerdict() != backmonv1.PurgeVerdict_PURGE_VERDICT_FAILED {
		t.Errorf("told of another file: %v, %v", a.files[0].GetVerdict(), a.files[1].GetVerdict())
	}
	if f := a.files[2]; f.GetVerdict() != backmonv1.PurgeVerdict_PURGE_VERDICT_DELETED || f.GetReason() != "its .stat stayed" {
		t.Errorf("got %v: %q", f.GetVerdict(), f.GetReason())
	}
}

func TestEveryVerdictHasItsName(t *testing.T) {
	for v := storage.Failed; v <= storage.Strange; v++ {
		if got := strings.ToLower(verdict(v).String()[14:]); got != v.String() {
			t.Errorf("%s becomes %s", v, got)
		}
	}
	if verdict(99) != backmonv1.PurgeVerdict_PURGE_VERDICT_FAILED {
		t.Error("an unknown verdict claims something")
	}
}
