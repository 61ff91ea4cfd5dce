package board_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
)

// some is a board with a bit of everything.
func some() *board.Board {
	named := func(group string, change func(*backup.Status)) backup.Status {
		s := boardtest.Status(group)
		change(&s)
		return s
	}
	b := board.New()
	for _, s := range []backup.Status{
		named("a", func(s *backup.Status) {
			s.Policy.Labels = map[string]string{"team": "red", "tier": ""}
			s.Files.Latest.Size, s.Since = 3, boardtest.Noon
		}),
		named("b", func(s *backup.Status) {
			s.Policy.Labels = map[string]string{"team": "blue"}
			s.State, s.Severity, s.Slot.Deadline = backup.Late, backup.SeverityWarning, boardtest.Noon
		}),
		boardtest.Bad("c"),
		named("C", func(s *backup.Status) {
			s.Series.Disk, s.Series.Directory, s.Files.Latest, s.Slot = "files", "home", nil, backup.SlotFacts{}
		}),
		named("a", func(s *backup.Status) { s.Series.Environment, s.Files.Latest.Key = "test", "Bäume/\xff%2F.gz" }),
		boardtest.Unseen("d"),
	} {
		b.Apply(boardtest.SeriesEvent(s))
	}
	return b
}

// names are the entries' short names in their order.
func names(entries []*board.Entry) string {
	var all []string
	for _, e := range entries {
		id := e.Status.Series
		all = append(all, id.Environment+":"+id.Disk+"/"+id.Group)
	}
	return strings.Join(all, " ")
}

func TestFind(t *testing.T) {
	all := "prod:db/c prod:db/d prod:db/b prod:db/a prod:files/C test:db/a"
	for _, c := range []struct {
		query, want string
	}{
		{"", all},
		{"sort=worst", all},
		{"env=prod", "prod:db/c prod:db/d prod:db/b prod:db/a prod:files/C"},
		{"env=pro", ""},
		{"disk=db&group=a", "prod:db/a test:db/a"},
		{"directory=home", "prod:files/C"},
		{"file=broken", "prod:db/d"},
		{"state=late", "prod:db/b"},
		{"state=LATE,MISSING", "prod:db/c prod:db/b"},
		{"state=LATE&state=UNKNOWN", "prod:db/d prod:db/b"},
		{"severity=critical,unknown", "prod:db/c prod:db/d"},
		{"state=OK&severity=critical", ""},
		{"flag=empty", "prod:db/c"},
		{"flag=SLOW,TOO_FEW", "prod:db/c"},
		{"flag=SLOW", ""},
		{"label=team%3Dred", "prod:db/a"},
		{"label=team", "prod:db/b prod:db/a"},
		{"label=team&label=tier", "prod:db/a"},
		{"label=team%3Dgreen", ""},
		{"q=TEAM%3Dblue", "prod:db/b"},
		{"q=postgres+prod", "prod:db/c prod:db/d prod:db/b prod:db/a"},
		{"q=b%C3%84ume", "test:db/a"},
		{"q=%252f.GZ", "test:db/a"},
		{"q=nowhere", ""},
		{"sort=name", "prod:db/d prod:db/a prod:db/b prod:db/c prod:files/C test:db/a"},
		{"sort=-name", "test:db/a prod:files/C prod:db/c prod:db/b prod:db/a prod:db/d"},
		{"sort=-worst", "prod:db/a prod:files/C test:db/a prod:db/b prod:db/d prod:db/c"},
		{"sort=since", "prod:db/d prod:db/a prod:db/b prod:db/c prod:files/C test:db/a"},
		{"sort=deadline&env=prod", "prod:db/b prod:db/a prod:db/c prod:db/d prod:files/C"},
		{"sort=latest&disk=db&file=nightly", "prod:db/a prod:db/b prod:db/c test:db/a"},
		{"sort=latest&limit=2", "prod:db/d prod:files/C"},
		{"sort=size&env=prod", "prod:db/b prod:db/c prod:db/a prod:db/d prod:files/C"},
		{"limit=4", "prod:db/c prod:db/d prod:db/b prod:db/a"},
		{"limit=4&page=2", "prod:files/C test:db/a"},
		{"limit=4&page=3", ""},
		{"limit=1000&page=1073741824", ""},
	} {
		t.Run(c.query, func(t *testing.T) {
			q := parse(t, c.query)
			got := some().Find(q)
			if n := names(got.Entries); n != c.want {
				t.Errorf("found %s, want %s", n, c.want)
			}
			for _, e := range got.Entries {
				if !q.Matches(e) {
					t.Errorf("%v is found and does not match", e.Status.Series)
				}
			}
		})
	}
}

func TestAll(t *testing.T) {
	b := some()
	for _, query := range []string{"", "disk=db&limit=1&page=9", "severity=critical", "state=OK&sort=-name"} {
		q := parse(t, query)
		q.Sort, q.Limit, q.Page = board.SortName, board.MaxLimit, 1
		if got, want := names(b.All(parse(t, query))), names(b.Find(q).Entries); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	only := board.Query{Only: func(s *backup.Status) bool { return s.Series.Group == "c" }}
	if got, page := names(b.All(only)), b.Find(only); got != "prod:db/c" || page.Total != 1 || names(page.Entries) != got {
		t.Errorf("only c: %s, and a page of %d", got, page.Total)
	}
}

func TestCounts(t *testing.T) {
	for _, c := range []struct{ query, want string }{
		{"", "6 of 6, 1 pages, map[OK:3 LATE:1 MISSING:1 UNKNOWN:1] map[ok:3 warning:1 unknown:1 critical:1]"},
		{"state=LATE", "1 of 6, 1 pages, map[OK:3 LATE:1 MISSING:1 UNKNOWN:1] map[warning:1]"},
		{"severity=ok&limit=2", "3 of 6, 2 pages, map[OK:3] map[ok:3 warning:1 unknown:1 critical:1]"},
		{"group=a&limit=1&page=7", "2 of 6, 2 pages, map[OK:2] map[ok:2]"},
		{"q=nowhere", "0 of 6, 0 pages, map[] map[]"},
	} {
		t.Run(c.query, func(t *testing.T) {
			p := some().Find(parse(t, c.query))
			if got := fmt.Sprintf("%d of %d, %d pages, %v %v", p.Total, p.All, p.Pages, p.States, p.Severities); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// dice makes boards of few names and values, so that much is equal.
type dice struct{ *rand.Rand }

func (d dice) status() backup.Status {
	s := boardtest.Status(fmt.Sprint("g", d.IntN(12)))
	s.Series.Disk = fmt.Sprint("d", d.IntN(3))
	if d.IntN(8) == 0 {
		s.State = backup.Gone
		return s
	}
	s.State = backup.States()[d.IntN(6)]
	s.Severity = s.State.Severity()
	s.Since = boardtest.Noon.Add(time.Duration(d.IntN(3)) * time.Hour)
	s.Slot.Deadline = s.Since.Add(time.Hour)
	s.Files.Latest.Size = int64(d.IntN(3))
	s.Files.Latest.Time = s.Since
	if d.IntN(4) == 0 {
		s.Slot, s.Files.Latest = backup.SlotFacts{}, nil
	}
	return s
}

func orders() []board.Sort {
	var all []board.Sort
	for _, s := range board.Sorts() {
		all = append(all, s, "-"+s)
	}
	return all
}

// The orders that are kept between changes are those that sorting anew gives, and
// a board that is asked between changes tells what one does that is asked once.
func TestOrdersFollowChanges(t *testing.T) {
	for seed := range uint64(12) {
		d := dice{rand.New(rand.NewPCG(seed, 1))}
		asked, events := board.New(), []backup.Status{}
		for step := range 120 {
			s := d.status()
			events = append(events, s)
			asked.Apply(boardtest.SeriesEvent(s))
			if step%7 != 0 {
				asked.Find(board.Query{Sort: orders()[d.IntN(len(orders()))]})
				continue
			}
			fresh := board.New()
			for _, s := range events {
				fresh.Apply(boardtest.SeriesEvent(s))
			}
			for _, sort := range orders() {
				got, want := asked.Find(board.Query{Sort: sort}), fresh.Find(board.Query{Sort: sort})
				if names(got.Entries) != names(want.Entries) {
					t.Fatalf("seed %d, step %d, %s: %s, want %s", seed, step, sort, names(got.Entries), names(want.Entries))
				}
				for i := range got.Entries {
					if !got.Entries[i].Status.Since.Equal(want.Entries[i].Status.Since) {
						t.Fatalf("seed %d, step %d, %s: an old entry of %v", seed, step, sort, got.Entries[i].Status.Series)
					}
				}
			}
		}
	}
}

func TestWorstIsTheCores(t *testing.T) {
	d := dice{rand.New(rand.NewPCG(9, 9))}
	b := board.New()
	for range 60 {
		b.Apply(boardtest.SeriesEvent(d.status()))
	}
	entries := b.Find(board.Query{}).Entries
	if len(entries) < 10 || !slices.IsSortedFunc(entries, func(x, y *board.Entry) int { return backup.WorstFirst(&x.Status, &y.Status) }) {
		t.Errorf("not in the core's order: %s", names(entries))
	}
}

// Who reads page after page by the cursor sees every series once that is not
// touched meanwhile, in every order.
func TestCursorSkipsAndRepeatsNothing(t *testing.T) {
	for _, sort := range orders() {
		t.Run(string(sort), func(t *testing.T) {
			for seed := range uint64(30) {
				readWhileItChanges(t, sort, dice{rand.New(rand.NewPCG(seed, 3))})
			}
		})
	}
}

func readWhileItChanges(t *testing.T, sort board.Sort, d dice) {
	t.Helper()
	b := board.New()
	for range 80 {
		b.Apply(boardtest.SeriesEvent(d.status()))
	}
	untouched := map[backup.SeriesID]bool{}
	for _, s := range b.Series() {
		untouched[s.Series] = true
	}
	seen := map[backup.SeriesID]int{}
	q := board.Query{Sort: sort, Limit: 1 + d.IntN(5)}
	for range 200 {
		page := b.Find(parse(t, q.String()))
		for _, e := range page.Entries {
			seen[e.Status.Series]++
		}
		if page.Next == "" {
			break
		}
		q.After = page.Next
		s := d.status()
		b.Apply(boardtest.SeriesEvent(s))
		delete(untouched, s.Series)
	}
	for id := range untouched {
		if seen[id] != 1 {
			t.Fatalf("%v was seen %d times", id, seen[id])
		}
	}
}

// large is a board of many series, one in ten of them bad.
func large(n int) *board.Board {
	b := board.New()
	for i := range n {
		s := boardtest.Status(fmt.Sprintf("customers/%05d", i))
		if i%10 == 0 {
			s = boardtest.Bad(s.Series.Group)
		}
		s.Series.Disk = fmt.Sprint("disk-", i%20)
		b.Apply(boardtest.SeriesEvent(s))
	}
	return b
}

func BenchmarkFind(b *testing.B) {
	statuses := large(10_000)
	for _, query := range []string{"", "state=MISSING", "q=customers+00042", "sort=since", "sort=name&page=50"} {
		q := parse(b, query)
		b.Run(query, func(b *testing.B) {
			for b.Loop() {
				statuses.Find(q)
			}
		})
	}
	b.Run("after a change", func(b *testing.B) {
		refreshed := boardtest.SeriesEvent(boardtest.Bad("customers/00010"))
		for b.Loop() {
			statuses.Apply(refreshed)
			statuses.Find(board.Query{})
		}
	})
	b.Run("after a change of state", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			s := boardtest.Status("customers/00010")
			if i%2 == 0 {
				s = boardtest.Bad("customers/00010")
			}
			statuses.Apply(boardtest.SeriesEvent(s))
			statuses.Find(board.Query{})
		}
	})
}
