package purger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// chunkFiles is how many files one message of an account carries: with the
// longest keys that S3 allows it stays below 1 MiB.
const chunkFiles = 500

// account is the books of one run on one series.
type account struct {
	bus     Bus
	now     func() time.Time
	message *backmonv1.FilesPurged // what all chunks share
	files   []*backmonv1.PurgedFile
}

// all gives every file the same verdict.
func (a *account) all(v backmonv1.PurgeVerdict) {
	for _, f := range a.files {
		f.Verdict = v
	}
}

// enter takes over what became of each file.
func (a *account) enter(deletions []storage.Deletion) {
	for i, d := range deletions {
		f := a.files[i]
		f.Verdict, f.StatDeleted, f.Until = verdict(d.Verdict), d.StatDeleted, wire.Stamp(d.Until)
		if d.Err != nil {
			f.Reason = wire.Text(d.Err.Error())
		}
	}
}

func verdict(v storage.Verdict) backmonv1.PurgeVerdict {
	switch v {
	case storage.Deleted:
		return backmonv1.PurgeVerdict_PURGE_VERDICT_DELETED
	case storage.Absent:
		return backmonv1.PurgeVerdict_PURGE_VERDICT_ABSENT
	case storage.Hidden:
		return backmonv1.PurgeVerdict_PURGE_VERDICT_HIDDEN
	case storage.Changed:
		return backmonv1.PurgeVerdict_PURGE_VERDICT_CHANGED
	case storage.Held:
		return backmonv1.PurgeVerdict_PURGE_VERDICT_HELD
	case storage.Denied:
		return backmonv1.PurgeVerdict_PURGE_VERDICT_DENIED
	case storage.Strange:
		return backmonv1.PurgeVerdict_PURGE_VERDICT_STRANGE
	default:
		return backmonv1.PurgeVerdict_PURGE_VERDICT_FAILED
	}
}

// gone counts the files that listings don't show any more.
func (a *account) gone() int {
	n := 0
	for _, f := range a.files {
		switch f.GetVerdict() {
		case backmonv1.PurgeVerdict_PURGE_VERDICT_DELETED, backmonv1.PurgeVerdict_PURGE_VERDICT_ABSENT, backmonv1.PurgeVerdict_PURGE_VERDICT_HIDDEN:
			n++
		}
	}
	return n
}

// publish writes the account to the audit stream, in chunks. The ids make a
// repeated write harmless.
func (a *account) publish(ctx context.Context, phase backmonv1.PurgePhase) error {
	return a.publishAs(ctx, phase, phase.String())
}

func (a *account) publishAs(ctx context.Context, phase backmonv1.PurgePhase, id string) error {
	a.message.Phase, a.message.At, a.message.Totals = phase, timestamppb.New(a.now()), a.totals()
	chunks := slices.Collect(slices.Chunk(a.files, chunkFiles))
	for i, files := range chunks {
		m := proto.CloneOf(a.message)
		m.Chunk, m.Chunks, m.Files = int32(i+1), int32(len(chunks)), files //nolint:gosec // a run has a few chunks
		if err := a.bus.PublishAudit(ctx, m, fmt.Sprintf("%s/%s/%d", m.GetRun(), id, i+1)); err != nil {
			return fmt.Errorf("write to the audit stream: %w", err)
		}
	}
	return nil
}

func (a *account) totals() *backmonv1.PurgeTotals {
	t := &backmonv1.PurgeTotals{}
	others := map[backmonv1.PurgeVerdict]int64{}
	for _, f := range a.files {
		t.Planned++
		t.PlannedBytes += f.GetSize()
		switch v := f.GetVerdict(); v {
		case backmonv1.PurgeVerdict_PURGE_VERDICT_DELETED:
			t.Deleted++
			t.FreedBytes += f.GetSize()
		case backmonv1.PurgeVerdict_PURGE_VERDICT_UNSPECIFIED:
		default:
			others[v]++
		}
	}
	for v := range backmonv1.PurgeVerdict_name {
		if n := others[backmonv1.PurgeVerdict(v)]; n > 0 {
			t.Refused = append(t.Refused, &backmonv1.VerdictCount{Verdict: backmonv1.PurgeVerdict(v), Files: n})
		}
	}
	slices.SortFunc(t.Refused, func(x, y *backmonv1.VerdictCount) int { return int(x.GetVerdict() - y.GetVerdict()) })
	return t
}
