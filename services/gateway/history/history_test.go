package history_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
	"github.com/backmon/backmon/services/gateway/history"
)

// step is what a stream answers with.
type step struct {
	record bus.BackupRecord
	err    error
}

// stream is a bus that has one history.
type stream []step

func (s stream) History(context.Context, *backmonv1.SeriesId, time.Time) iter.Seq2[bus.BackupRecord, error] {
	return func(yield func(bus.BackupRecord, error) bool) {
		for _, step := range s {
			if !yield(step.record, step.err) {
				return
			}
		}
	}
}

func (s *stream) add(status backup.Status) {
	*s = append(*s, step{record: bus.BackupRecord{Status: wire.Status(status, nil), Sequence: uint64(len(*s) + 1)}})
}

// night is the status of a series after the nth night, with the backups of all
// nights since the first.
func night(n int) backup.Status {
	s := boardtest.Status("a")
	s.EvaluatedAt = boardtest.Noon.Add(time.Duration(n) * backup.Day)
	for i := range n + 1 {
		s.Files.Recent = append(s.Files.Recent, backup.RecentFile{Time: s.EvaluatedAt.Add(-time.Duration(i)*backup.Day - 10*time.Hour), Size: 1})
	}
	s.Expired.Files = []backup.ExpiredFile{{Key: "old"}}
	return s
}

func TestRead(t *testing.T) {
	var s stream
	ended := night(0)
	ended.State = backup.Gone
	s.add(ended)
	s.add(night(1))
	s = append(s, step{bus.BackupRecord{Sequence: 3}, errors.New("garbage")})
	s.add(night(2))
	past, err := history.New(s).Read(t.Context(), night(0).Series)
	if err != nil {
		t.Fatal(err)
	}
	if len(past.Statuses) != 2 || past.Unreadable != 1 || past.Statuses[1].EvaluatedAt != night(2).EvaluatedAt {
		t.Errorf("%d statuses, %d unreadable", len(past.Statuses), past.Unreadable)
	}
	if past.Statuses[0].Expired.Files != nil {
		t.Error("the names of expired files are kept")
	}
}

func TestReadErrors(t *testing.T) {
	var s stream
	s.add(night(1))
	s = append(s, step{err: errors.New("the server is away")})
	if _, err := history.New(s).Read(t.Context(), night(0).Series); err == nil || !strings.Contains(err.Error(), "the server is away") {
		t.Errorf("error %v", err)
	}
}

// blocked is a bus that answers when it is let.
type blocked struct{ asked, let chan struct{} }

func (b blocked) History(context.Context, *backmonv1.SeriesId, time.Time) iter.Seq2[bus.BackupRecord, error] {
	return func(func(bus.BackupRecord, error) bool) { b.asked <- struct{}{}; <-b.let }
}

// Few histories are read at a time, and who waits for that may give up.
func TestReadersAreFew(t *testing.T) {
	b := blocked{make(chan struct{}), make(chan struct{})}
	r := history.New(b)
	done := make(chan error)
	for range 4 {
		go func() { _, err := r.Read(t.Context(), backup.SeriesID{}); done <- err }()
		<-b.asked
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { _, err := r.Read(ctx, backup.SeriesID{}); done <- err }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the fifth: %v", err)
	}
	close(b.let)
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestSlots(t *testing.T) {
	past := history.Past{Statuses: []backup.Status{night(0), night(1)}}
	entry := func(s backup.Status) *board.Entry { return &board.Entry{Status: s} }
	unknown := night(2)
	unknown.State = backup.Unknown
	seen := func(at time.Time) *board.DiskEntry {
		d := boardtest.Disk("db")
		d.SucceededAt = timestamppb.New(at)
		return &board.DiskEntry{Status: d}
	}
	now := boardtest.Noon.Add(3 * backup.Day)
	for _, c := range []struct {
		name string
		last backup.Status
		disk *board.DiskEntry
		want string
	}{
		{"the disk was seen since the deadline", night(2), seen(now), "met met met missed"},
		{"it was not", night(2), seen(night(2).EvaluatedAt), "met met met unknown"},
		{"no disk is known", night(2), nil, "met met met unknown"},
		{"the disk is seen, the series is not", unknown, seen(now), "met met met unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			slots, err := history.Slots(past, entry(c.last), c.disk, now, 4)
			if err != nil {
				t.Fatal(err)
			}
			var outcomes []string
			for _, s := range slots {
				outcomes = append(outcomes, s.Outcome.String())
			}
			if got := strings.Join(outcomes, " "); got != c.want {
				t.Errorf("slots %s, want %s", got, c.want)
			}
		})
	}
}
