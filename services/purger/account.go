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

// chunkBytes bounds the files of one message of an account, so that it stays far
// below the 1 MiB that NATS takes.
const chunkBytes = 512 << 10

// weight is how many bytes a file takes at most in a message. It is the same in
// intent and result, so that both have the same chunks.
func weight(f *backmonv1.PurgedFile) int {
	const rest = 3*maxReason + 200 // invalid bytes grow by two
	return len(f.GetKey()) + proto.Size(f.GetSeries()) + len(f.GetEtag()) + rest
}

// chunks cuts files into what goes into one message each.
func chunks(files []*backmonv1.PurgedFile) [][]*backmonv1.PurgedFile {
	var all [][]*backmonv1.PurgedFile
	from, bytes := 0, 0
	for i, f := range files {
		if bytes += weight(f); bytes > chunkBytes && i > from {
			all = append(all, files[from:i])
			from, bytes = i, weight(f)
		}
	}
	if from < len(files) {
		all = append(all, files[from:])
	}
	return all
}

// account is the books of one run on one series.
type account struct {
	bus     Bus
	now     func() time.Time
	message *backmonv1.FilesPurged // what all chunks share
	files   []*backmonv1.PurgedFile
	reasons []string // why each may go
}

// all gives every file the same verdict.
func (a *account) all(v backmonv1.PurgeVerdict) {
	for _, f := range a.files {
		f.Verdict = v
	}
}

// enter takes over what became of the files from one to another. A storage that
// doesn't tell of each of them has told nothing.
func (a *account) enter(from, to int, deletions []storage.Deletion) {
	a.leaveUntil(from, to, backmonv1.PurgeVerdict_PURGE_VERDICT_FAILED, "the storage did not say what became of it")
	if len(deletions) != to-from {
		return
	}
	for i, d := range deletions {
		f := a.files[from+i]
		if d.Key != string(f.GetKey()) {
			continue
		}
		f.Verdict, f.StatDeleted, f.Until, f.Reason = verdict(d.Verdict), d.StatDeleted, wire.Stamp(d.Until), a.reasons[from+i]
		if d.Err != nil {
			f.Reason = reason(d.Err.Error())
		}
	}
}

// leave gives the files from one on, that no delete was sent for, a verdict and why.
func (a *account) leave(from int, v backmonv1.PurgeVerdict, why string) {
	a.leaveUntil(from, len(a.files), v, "not tried: "+why)
}

func (a *account) leaveUntil(from, to int, v backmonv1.PurgeVerdict, why string) {
	for _, f := range a.files[from:to] {
		f.Verdict, f.Reason = v, reason(why)
	}
}

// maxReason bounds the bytes of a sentence on one file.
const maxReason = 500

func reason(text string) string { return wire.Text(text[:min(len(text), maxReason)]) }

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
		if isGone(f.GetVerdict()) {
			n++
		}
	}
	return n
}

func isGone(v backmonv1.PurgeVerdict) bool {
	return v == backmonv1.PurgeVerdict_PURGE_VERDICT_DELETED || v == backmonv1.PurgeVerdict_PURGE_VERDICT_ABSENT || v == backmonv1.PurgeVerdict_PURGE_VERDICT_HIDDEN
}

// publish writes the account to the audit stream, in chunks. The ids make a
// repeated write harmless.
func (a *account) publish(ctx context.Context, phase backmonv1.PurgePhase) error {
	return a.publishAs(ctx, phase, phase.String())
}

func (a *account) publishAs(ctx context.Context, phase backmonv1.PurgePhase, id string) error {
	a.message.Phase, a.message.At, a.message.Totals = phase, timestamppb.New(a.now()), a.totals()
	all := chunks(a.files)
	for i, files := range all {
		m := proto.CloneOf(a.message)
		m.Chunk, m.Chunks, m.Files = int32(i+1), int32(len(all)), files
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
