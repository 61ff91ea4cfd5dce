package evaluator

import (
	"testing"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// listing is the record of a series with that many files, of which some have expired.
func listing(count int64, expired int) bus.BackupRecord {
	s := &backmonv1.BackupStatus{Files: &backmonv1.FileFacts{Count: count}, Expired: &backmonv1.ExpiredFacts{}}
	for range expired {
		s.Expired.Files = append(s.Expired.Files, &backmonv1.ExpiredFile{})
	}
	return bus.BackupRecord{Status: s}
}

func TestPurgeable(t *testing.T) {
	for _, c := range []struct {
		name  string
		share float64
		want  int64
	}{
		{"no purger deletes", 0, 0},
		{"the share of each series", 0.1, 30 + 7 + 10},
		{"all that they list", 1, 300 + 7 + 50},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := evaluation{service: &Service{config: Config{PurgeShare: c.share}}, previous: map[backup.SeriesID]bus.BackupRecord{
				{Group: "a"}: listing(300, 300), {Group: "b"}: listing(100, 7), {Group: "c"}: listing(50, 50), {Group: "d"}: listing(50, 0),
			}}
			if got := e.purgeable(); got != c.want {
				t.Errorf("%d files, want %d", got, c.want)
			}
		})
	}
}
