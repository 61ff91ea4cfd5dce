package page

import (
	"fmt"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// nightly is a status with backups of so many nights, of which it tells the newest
// 30 and the expired ones.
func nightly(now time.Time, nights int, p backup.Policy) *backup.Status {
	s := &backup.Status{State: backup.OK, Policy: p, Files: backup.FileFacts{Count: nights}}
	for i := range nights {
		f := backup.RecentFile{Time: now.Add(-time.Duration(i)*backup.Day - 5*time.Hour), Size: 10}
		if i < 30 {
			s.Files.Recent = append(s.Files.Recent, f)
		}
		if p.Purge && i >= p.RetentionCount && now.Sub(f.Time) >= p.RetentionAge {
			s.Expired.Count++
			s.Expired.Files = append([]backup.ExpiredFile{{Key: fmt.Sprint("k", i), Time: f.Time, Size: 10, Reason: "beyond"}}, s.Expired.Files...)
		}
	}
	return s
}

// What the page says goes is what the status lists as expired, and every file has
// a reason.
func TestRetention(t *testing.T) {
	now := time.Date(2026, 1, 15, 7, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name         string
		nights       int
		policy       backup.Policy
		stays, goes  int
		rest         string
		newestReason string
	}{
		{"no purge", 12, backup.Policy{}, 12, 0, "", "the newest good one is always kept; purge is off"},
		{"count and age", 12, backup.Policy{Purge: true, RetentionCount: 3, RetentionAge: 7 * backup.Day}, 7, 5, "", "number 1 of the 3 newest (retention-count); younger than 7d (retention-age)"},
		{"more than are told", 80, backup.Policy{Purge: true, RetentionCount: 60, RetentionAge: backup.Day}, 30, 20, "and 30 older files that the status does not list one by one", "number 1 of the 60 newest (retention-count); younger than 1d (retention-age)"},
		{"no files", 0, backup.Policy{Purge: true, RetentionCount: 3}, 0, 0, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := nightly(now, c.nights, c.policy)
			v := newRetention(s, time.UTC, now)
			stays, goes := 0, 0
			for _, f := range v.Files {
				if f.Why == "" {
					t.Errorf("%v has no reason", f.At.at)
				}
				if f.Expired {
					goes++
					if f.Key == "" {
						t.Errorf("%v has no key", f.At.at)
					}
				} else {
					stays++
				}
			}
			if stays != c.stays || goes != c.goes || v.Rest != c.rest {
				t.Errorf("%d stay, %d go, rest %q; want %d, %d, %q", stays, goes, v.Rest, c.stays, c.goes, c.rest)
			}
			if len(v.Files) > 0 && v.Files[0].Why != c.newestReason {
				t.Errorf("the newest: %q, want %q", v.Files[0].Why, c.newestReason)
			}
		})
	}
}

// The oldest file that is known is not said to be the oldest of all.
func TestRetentionOfAPart(t *testing.T) {
	now := time.Date(2026, 1, 15, 7, 0, 0, 0, time.UTC)
	s := nightly(now, 80, backup.Policy{Keep: backup.Keep{Yearly: 9}})
	v := newRetention(s, time.UTC, now)
	for _, f := range v.Files {
		if f.Why == "oldest of all while keep-yearly has places left; purge is off" {
			t.Errorf("%v: %s", f.At.at, f.Why)
		}
	}
	if len(v.Files) != 30 {
		t.Errorf("%d files", len(v.Files))
	}
}

func TestRetentionText(t *testing.T) {
	s := &backup.Status{Policy: backup.Policy{Purge: true, RetentionCount: 7, RetentionAge: 14 * backup.Day, Keep: backup.Keep{Weekly: 4, Within: backup.Day}}}
	s.Expired.Count, s.Expired.Bytes = 2, 2<<20
	want := "These stay: 7 newest files (retention-count), all younger than 14d (retention-age), 4 weekly ones, all within 1d of the newest (keep-within), and always the newest good one. 2 files (2.0 MiB) may go."
	if got := retentionText(s); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
