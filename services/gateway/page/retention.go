package page

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// retentionView is what retention makes of a series' files.
type retentionView struct {
	Text    string
	Blocked string // why nothing is purged now; empty when nothing forbids it
	Files   []fileView
	Rest    string // what is not among Files
}

// fileView is one file and what retention does with it. Key is known of few.
type fileView struct {
	At      moment
	Size    int64
	Key     string
	Why     string
	Expired bool
}

func newRetention(s *backup.Status, zone *time.Location, now time.Time) retentionView {
	v := retentionView{Text: retentionText(s)}
	if block, blocked := s.PurgeBlock(); blocked && s.Policy.Purge {
		v.Blocked = block.Text
	}
	rest := s.Files.Count
	for _, d := range decisions(s, zone, now) {
		v.Files = append(v.Files, fileView{moment{d.Time, now, zone}, d.Size, d.Key, strings.Join(d.Reasons, "; "), d.Expired})
		rest--
	}
	if rest > 0 && len(v.Files) > 0 {
		v.Rest = "and " + count(rest, "older file", "older files") + " that the status does not list one by one"
	}
	return v
}

// decisions says what becomes of the files that a status tells of, newest first: of
// the newest ones as the core decides it, of those that may go as the status does.
func decisions(s *backup.Status, zone *time.Location, now time.Time) []backup.Decision {
	all := retained(s, zone, now)
	for _, f := range slices.Backward(s.Expired.Files) {
		d := backup.Decision{Dated: backup.Dated{Time: f.Time, File: backup.File{Key: f.Key, Size: f.Size}}, Expired: true, Reasons: []string{f.Reason}}
		i := slices.IndexFunc(all, func(o backup.Decision) bool { return o.Key == "" && o.Time.Equal(f.Time) && o.Size == f.Size })
		if i < 0 {
			all = append(all, d)
			continue
		}
		all[i] = d
	}
	slices.SortStableFunc(all, func(a, b backup.Decision) int { return b.Time.Compare(a.Time) })
	return all
}

// retained asks the core about the newest files, of which time and size are told.
func retained(s *backup.Status, zone *time.Location, now time.Time) []backup.Decision {
	rule := &backup.Rule{Location: zone, MinSize: s.Policy.MinSize, Retention: backup.Retention{
		Purge: s.Policy.Purge, Count: s.Policy.RetentionCount, Age: s.Policy.RetentionAge, Keep: s.Policy.Keep,
	}}
	var files []backup.Dated
	for _, f := range s.Files.Recent {
		d := backup.Dated{Time: f.Time, File: backup.File{Size: f.Size}}
		if l := s.Files.Latest; l != nil && l.Time.Equal(f.Time) && l.Size == f.Size {
			d.File = l.File
		}
		files = append(files, d)
	}
	if len(files) == 0 || len(files) >= s.Files.Count {
		return backup.Retain(rule, files, now)
	}
	// The oldest that is known is not the oldest of all, which some rules keep.
	older := backup.Dated{Time: files[len(files)-1].Time.Add(-1), File: backup.File{Size: max(1, s.Policy.MinSize)}}
	all := backup.Retain(rule, append(files, older), now)
	return all[:len(all)-1]
}

// retentionText says what the policy keeps, and how much may go.
func retentionText(s *backup.Status) string {
	if !s.Policy.Purge {
		return "Nothing of this series ever expires: its rule does not say purge: true."
	}
	text := "These stay: " + strings.Join(clauses(s.Policy), ", ") + ", and always the newest good one."
	switch s.Expired.Count {
	case 0:
		return text + " No file is beyond all of that."
	default:
		return fmt.Sprintf("%s %s (%s) may go.", text, count(s.Expired.Count, "file", "files"), backup.FormatSize(s.Expired.Bytes))
	}
}

// clauses are the parts of a retention policy in words.
func clauses(p backup.Policy) []string {
	var all []string
	add := func(n int, one, many string) {
		if n > 0 {
			all = append(all, count(n, one, many))
		}
	}
	add(p.RetentionCount, "newest file (retention-count)", "newest files (retention-count)")
	if p.RetentionAge > 0 {
		all = append(all, "all younger than "+backup.FormatDuration(p.RetentionAge)+" (retention-age)")
	}
	k := p.Keep
	add(k.Last, "newest file (keep-last)", "newest files (keep-last)")
	add(k.Hourly, "hourly", "hourly ones")
	add(k.Daily, "daily", "daily ones")
	add(k.Weekly, "weekly", "weekly ones")
	add(k.Monthly, "monthly", "monthly ones")
	add(k.Yearly, "yearly", "yearly ones")
	if k.Within > 0 {
		all = append(all, "all within "+backup.FormatDuration(k.Within)+" of the newest (keep-within)")
	}
	return all
}
