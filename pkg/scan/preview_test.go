package scan_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/scan"
	"github.com/backmon/backmon/pkg/storage"
)

// purged is a disk's definitions with rules that purge, one that does not, and
// two that claim the same files.
const purged = `
directories:
  db/{{tenant}}:
    alias: db
    defaults: {schedule: 0 2 * * *, retention-count: 2, retention-age: 2d, purge: true}
    files:
      dump-%Y%M%D.gz: {alias: full}
      copy-%Y%M%D.gz: {alias: copy, purge: false}
  shared:
    defaults: {retention-count: 1, retention-age: 1d, purge: true}
    files:
      "%Y%M%D.gz": {alias: one}
      2026%M%D.gz: {alias: two}
`

func previewDisk(text string, pages ...[]storage.Entry) *fakeDisk {
	d := newDisk(pages...)
	d.files[definitionsKey] = text
	return d
}

func preview(t *testing.T, d storage.Disk) scan.Preview {
	t.Helper()
	p, err := scanner().Preview(t.Context(), target(d), noon, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// dumps are files of one tenant's series.
func dumps(tenant string, days ...int) []storage.Entry {
	var page []storage.Entry
	for _, day := range days {
		page = append(page, file(fmt.Sprintf("db/%s/dump-202601%02d.gz", tenant, day), 100))
	}
	return page
}

// outline writes a series as "file group: -oldest expired +kept ... newest".
func outline(s scan.SeriesPreview) string {
	text := s.Status.Series.File + " " + s.Status.Series.Group + ":"
	for _, f := range slices.Backward(s.Files) {
		sign := " +"
		if f.Expired {
			sign = " -"
		}
		text += sign + f.Key[strings.LastIndexByte(f.Key, '/')+1:]
	}
	return text
}

func outlines(p scan.Preview) []string {
	var all []string
	for _, s := range p.Series {
		all = append(all, outline(s))
	}
	return all
}

func TestPreview(t *testing.T) {
	d := previewDisk(purged,
		append(dumps("a", 10, 14), file("db/a/copy-20260101.gz", 1), file("README", 1)),
		append(dumps("b", 15), append(dumps("a", 15, 11), orphan("db/a/dump-20260101.gz.stat"), file("db/c/", 0))...),
		[]storage.Entry{file("shared/20260101.gz", 7), file("shared/20260115.gz", 7), file("shared/20250101.gz", 7)},
	)
	var seen []int64
	p, err := scanner().Preview(t.Context(), target(d), noon, func(n int64) { seen = append(seen, n) })
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"full db/a: -dump-20260110.gz -dump-20260111.gz +dump-20260114.gz +dump-20260115.gz",
		"full db/b: +dump-20260115.gz",
		"full db/c:", // its folder is there, its files are not
		"one shared: -20250101.gz +20260101.gz +20260115.gz",
		"two shared: +20260101.gz +20260115.gz", // both are claimed by "one" too
	}
	if diff := cmp.Diff(want, outlines(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if p.Blocked != "" || !slices.Equal(seen, []int64{4, 9, 12}) {
		t.Errorf("blocked %q, progress %v", p.Blocked, seen)
	}
	a := p.Series[0]
	if want := (scan.Sum{Files: 2, Bytes: 200}); a.Kept != want || a.Expired != want || a.Blocked != "" {
		t.Errorf("kept %+v, expired %+v, blocked %q", a.Kept, a.Expired, a.Blocked)
	}
	if c := p.Series[2]; c.Rule != nil || !strings.HasPrefix(c.Blocked, "the series is MISSING: ") {
		t.Errorf("a series without files: %+v", c)
	}
	for _, f := range p.Series[4].Files {
		if !slices.Contains(f.Reasons, "another rule matches it too: never purged") {
			t.Errorf("%s stays because of %q", f.Key, f.Reasons)
		}
	}
}

// A preview shows what an evaluation of the same disk lists as expired, and why.
func TestPreviewAgreesWithScan(t *testing.T) {
	d := previewDisk(purged, dumps("a", 1, 2, 3, 4, 9, 14, 15), append(dumps("b", 3, 4, 5), withStat(file("shared/20260101.gz", 0))))
	statuses := scanned(t, d, nil).Statuses
	for _, s := range preview(t, d).Series {
		at := slices.IndexFunc(statuses, func(o backup.Status) bool { return o.Series == s.Status.Series })
		if diff := cmp.Diff(statuses[at], s.Status); diff != "" {
			t.Errorf("%s: another status than the scan's (-scan +preview):\n%s", s.Status.Series, diff)
		}
		var want, got []string
		for _, f := range s.Status.Expired.Files {
			want = append(want, f.Key+": "+f.Reason)
		}
		for _, f := range slices.Backward(s.Files) {
			if f.Expired {
				got = append(got, f.Key+": "+strings.Join(f.Reasons, "; "))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-scan +preview):\n%s", s.Status.Series, diff)
		}
	}
}

func TestPreviewBlocked(t *testing.T) {
	late := preview(t, previewDisk(purged, dumps("a", 1, 2, 3, 4, 14)))
	if s := late.Series[0]; !strings.HasPrefix(s.Blocked, "the series is LATE: expected a backup for 2026-01-15 02:00 UTC") || s.Expired.Files != 3 {
		t.Errorf("late: blocked %q, expired %+v", s.Blocked, s.Expired)
	}
	empty := preview(t, previewDisk(purged, []storage.Entry{file("shared/20260101.gz", 7), file("shared/20260115.gz", 0)}))
	if s := empty.Series[1]; !strings.HasPrefix(s.Blocked, "the series is flagged EMPTY: the newest file") {
		t.Errorf("empty: %s blocked %q", s.Status.Series, s.Blocked)
	}
	unsound := preview(t, previewDisk(purged+"  other:\n    files:\n      \"%Q.gz\": {}\n", dumps("a", 1, 2, 3, 14, 15)))
	if !strings.Contains(unsound.Blocked, "the definitions have an error") || len(unsound.Problems) == 0 || unsound.Series[0].Expired.Files != 3 {
		t.Errorf("error in a definition: blocked %q, problems %v", unsound.Blocked, unsound.Problems)
	}
}

// .stat files are read where they can change the order, and only there.
func TestPreviewReadsStats(t *testing.T) {
	const text = `
directories:
  db:
    defaults: {retention-count: 1, retention-age: 1d, purge: true}
    files:
      "%Y%M%D-%h%m%s.gz": {alias: named}
      x-%I.gz: {alias: born, sort: born_at}
`
	d := previewDisk(text, []storage.Entry{
		withStat(file("db/20260101-000000.gz", 1)), withStat(file("db/x-1.gz", 1)), file("db/x-2.gz", 1),
	})
	d.files["db/x-1.gz.stat"] = "born_at: 1735689600\n" // 2025
	p := preview(t, d)
	if got, want := outlines(p), []string{"born db: -x-1.gz +x-2.gz", "named db: +20260101-000000.gz"}; !slices.Equal(got, want) {
		t.Errorf("preview %q, want %q", got, want)
	}
	if d.reads["db/20260101-000000.gz.stat"] > 1 { // once by the evaluation, for the status
		t.Errorf("reads %v", d.reads)
	}
	d.refused["db/x-1.gz.stat"] = storage.ErrAccessDenied
	if _, err := scanner().Preview(t.Context(), target(d), noon, nil); !errors.Is(err, storage.ErrAccessDenied) {
		t.Errorf("error %v, want access denied", err)
	}
}

// What can't be seen as a whole is not previewed.
func TestPreviewFailures(t *testing.T) {
	cut := previewDisk(purged, dumps("a", 1, 2))
	cut.broken = errors.New("connection reset")
	denied := previewDisk(purged, dumps("a", 1, 2))
	denied.broken = storage.ErrAccessDenied
	bare := newDisk()
	delete(bare.files, definitionsKey)
	for _, c := range []struct {
		name string
		disk *fakeDisk
		kind scan.Kind
	}{
		{"cut listing", cut, scan.Unreachable},
		{"access denied", denied, scan.AccessDenied},
		{"no definitions", bare, scan.NoDefinitions},
		{"bad definitions", previewDisk("}{"), scan.BadDefinitions},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := scanner().Preview(t.Context(), target(c.disk), noon, nil)
			var failure *scan.Failure
			if !errors.As(err, &failure) || failure.Kind != c.kind || len(p.Series) > 0 {
				t.Errorf("preview %+v, error %v, want kind %v", p, err, c.kind)
			}
		})
	}
}

// A forecast can be made of a preview: it has the files as retention wants them.
func TestPreviewDated(t *testing.T) {
	s := preview(t, previewDisk(purged, dumps("a", 10, 11, 14, 15))).Series[0]
	days := backup.Forecast(s.Rule, s.Dated(), noon, noon.AddDate(0, 0, 9))
	if len(days) != 1 || len(days[0].Files) != s.Expired.Files {
		t.Errorf("forecast %+v", days)
	}
}
