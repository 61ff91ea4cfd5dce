package notifier_test

import (
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/schedule"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/notifier"
)

// nightly is a series with a file for each of the last nights but some.
func nightly(disk, group string, missing ...int) backup.Status {
	s := series(disk, group, backup.OK)
	now := time.Now()
	s.KnownSince = now.Add(-30 * backup.Day)
	s.Policy.Grace = time.Hour
	last := time.Date(now.Year(), now.Month(), now.Day(), 2, 5, 0, 0, time.UTC)
	for night := range 10 {
		if len(missing) > 0 && missing[0] == night {
			missing = missing[1:]
			continue
		}
		s.Files.Recent = append(s.Files.Recent, backup.RecentFile{Time: last.Add(-time.Duration(night) * backup.Day), Size: 1})
	}
	if last.Sub(s.Files.Recent[0].Time) > 0 {
		s.State, s.Severity, s.Slot.Missed = backup.Late, backup.SeverityWarning, 1
	}
	s.Files.Count = len(s.Files.Recent)
	s.Files.Latest = &backup.LatestFile{Time: s.Files.Recent[0].Time, Good: true, File: backup.File{Key: "k", Size: 1}}
	return s
}

func TestDigest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at, err := schedule.Parse("0 7 * * *", time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, "ops", "chat")
		w.config.Digest = &notifier.Digest{Schedule: at, Receivers: []string{"ops"}}
		w.start()
		w.start()
		pass(6*time.Hour + 59*time.Minute)
		w.memory.publish(nightly("db", "a"))
		w.memory.publish(nightly("db", "b", 0))
		pass(time.Minute)
		w.expect("ops", "problem 1 opened", "digest") // of the time since the start, seven hours ago
		first := w.posts["ops"].digests()[0]
		if first.Series != 2 || first.Open != 1 || len(first.Disks) != 1 || first.Disks[0].Slots != 2 || first.Disks[0].Met != 1 {
			t.Errorf("the first digest: %+v", first)
		}
		w.memory.publish(series("db", "c", backup.Late))
		w.memory.publish(series("files", "d", backup.Missing))
		pass(time.Hour)
		w.memory.publish(series("db", "c", backup.OK))
		if err := w.memory.PublishAudit(t.Context(), purged("db", 3), "p1"); err != nil {
			t.Fatal(err)
		}
		pass(24 * time.Hour)
		if n := len(w.posts["ops"].digests()); n != 2 {
			t.Fatalf("%d digests", n)
		}
		second := w.posts["ops"].digests()[1]
		if !second.From.Equal(first.To) || second.To.Sub(second.From) != 24*time.Hour {
			t.Errorf("from %v to %v", second.From, second.To)
		}
		if second.Open != 2 || second.Bad[0].Subject.Group != "d" || second.Recovered != 1 || second.Closed[0].Subject.Group != "c" {
			t.Errorf("bad %v, recovered %v", second.Bad, second.Closed)
		}
		if d := second.Disks[0]; d.Disk != "db" || d.PurgedFiles != 3 || d.PurgedBytes != 300 || d.Series != 3 {
			t.Errorf("disk %+v", d)
		}
		if n := len(w.posts["chat"].digests()); n > 0 {
			t.Errorf("%d digests went to who is to get none", n)
		}
		w.close()
	})
}

// digests are those among what came.
func (p *post) digests() []*incident.Digest {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []*incident.Digest
	for _, n := range p.got {
		if n.Digest != nil {
			out = append(out, n.Digest)
		}
	}
	return out
}

func purged(disk string, files int64) *backmonv1.FilesPurged {
	return &backmonv1.FilesPurged{
		Environment: "prod", Disk: disk, Phase: backmonv1.PurgePhase_PURGE_PHASE_RESULT, Mode: backmonv1.PurgeMode_PURGE_MODE_ENFORCE,
		Chunk: 1, Chunks: 1, At: timestamppb.Now(), Totals: &backmonv1.PurgeTotals{Planned: files, Deleted: files, FreedBytes: 100 * files},
	}
}

// A digest that can't be delivered is followed by one for the whole time since.
func TestADigestThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at, err := schedule.Parse("0 7 * * *", time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, "ops")
		w.config.Digest = &notifier.Digest{Schedule: at, Receivers: []string{"ops"}}
		w.config.GiveUp = 10 * backup.Day
		w.start()
		up := time.Now().Add(3 * backup.Day)
		w.posts["ops"].down(up)
		pass(4 * backup.Day)
		w.expect("ops", "digest", "digest", "digest")
		if n := w.posts["ops"].digests()[1]; n.To.Sub(n.From) != 3*backup.Day-24*time.Hour {
			t.Errorf("from %v to %v", n.From, n.To)
		}
		w.close()
	})
}
