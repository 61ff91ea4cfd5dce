package backup

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// permutations calls visit with every order of the items.
func permutations[T any](items []T, visit func([]T)) {
	var permute func(n int)
	permute = func(n int) {
		if n == 1 {
			visit(items)
			return
		}
		for i := range n {
			permute(n - 1)
			if n%2 == 0 {
				items[i], items[n-1] = items[n-1], items[i]
			} else {
				items[0], items[n-1] = items[n-1], items[0]
			}
		}
	}
	permute(len(items))
}

func datedAt(times ...string) []*Dated {
	var list []*Dated
	for i, text := range times {
		list = append(list, &Dated{File: file(fmt.Sprint(i), minute(text), 1), Time: minute(text)})
	}
	return list
}

func keysOf(files []*Dated) string {
	var keys []string
	for _, d := range files {
		keys = append(keys, strings.TrimPrefix(d.Key, "db/"))
	}
	slices.Sort(keys)
	return strings.Join(keys, " ")
}

// Each clause alone, in all 720 orders of six files: what it lets go is the same,
// and it lets nothing go twice.
func TestClausesInEveryOrder(t *testing.T) {
	files := datedAt("2026-01-31T22:00Z", "2026-02-01T09:00Z", "2026-02-01T09:30Z", "2026-02-02T09:00Z", "2026-02-02T09:00Z", "2026-03-02T09:00Z")
	tests := []struct {
		name   string
		policy Retention
		kept   string
	}{
		{"count", Retention{Count: 2}, "4 5"},
		{"count above what is there", Retention{Count: 9}, "0 1 2 3 4 5"},
		{"last", Retention{Keep: Keep{Last: 3}}, "3 4 5"},
		{"hourly", Retention{Keep: Keep{Hourly: 3}}, "2 4 5"},
		{"daily", Retention{Keep: Keep{Daily: 2}}, "4 5"},
		{"weekly", Retention{Keep: Keep{Weekly: 3}}, "2 4 5"},
		{"weekly with places left", Retention{Keep: Keep{Weekly: 4}}, "0 2 4 5"},
		{"monthly", Retention{Keep: Keep{Monthly: 2}}, "4 5"},
		{"monthly with a place left that the oldest fills itself", Retention{Keep: Keep{Monthly: 3}}, "0 4 5"},
		{"yearly", Retention{Keep: Keep{Yearly: 1}}, "5"},
		{"yearly with places left", Retention{Keep: Keep{Yearly: 2}}, "0 5"},
		{"within", Retention{Keep: Keep{Within: 29 * Day}}, "2 3 4 5"},
		{"within, its end is outside", Retention{Keep: Keep{Within: 28 * Day}}, "5"},
		{"together", Retention{Count: 1, Keep: Keep{Daily: 2, Monthly: 3}}, "0 4 5"},
		{"none", Retention{}, "5"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			orders := 0
			permutations(slices.Clone(files), func(order []*Dated) {
				orders++
				k := newKeeper(tt.policy, time.UTC)
				var free []*Dated
				for _, d := range order {
					free = append(free, k.offer(d)...)
				}
				free = append(free, k.finish()...)
				var kept []*Dated
				for d := range k.held {
					kept = append(kept, d)
				}
				if keysOf(kept) != tt.kept || len(free)+len(kept) != len(files) || len(k.finish()) != 0 {
					t.Fatalf("offered %s: keeps %s, lets %s go; want %s kept", keysInOrder(order), keysOf(kept), keysOf(free), tt.kept)
				}
				if oldest := k.oldestKept(); oldest.Key != "db/"+tt.kept[:1] {
					t.Fatalf("the oldest kept is %s of %s", oldest.Key, tt.kept)
				}
			})
			if orders != 720 {
				t.Errorf("%d orders were tried", orders)
			}
		})
	}
}

func keysInOrder(files []*Dated) []string {
	var keys []string
	for _, d := range files {
		keys = append(keys, d.Key)
	}
	return keys
}

func TestOldestOfNothing(t *testing.T) {
	k := newKeeper(Retention{Keep: Keep{Yearly: 1}}, time.UTC)
	if k.oldestKept() != nil || len(k.finish()) != 0 {
		t.Error("a keeper without files keeps or releases one")
	}
}

// Period numbers are equal just where the periods' names are, and grow with time.
func TestPeriodNumbers(t *testing.T) {
	labels := map[string]func(time.Time) string{
		"keep-hourly":  func(t time.Time) string { return t.Format("2006-01-02 15") },
		"keep-daily":   func(t time.Time) string { return t.Format("2006-01-02") },
		"keep-weekly":  func(t time.Time) string { y, w := t.ISOWeek(); return fmt.Sprintf("%04d week %02d", y, w) },
		"keep-monthly": func(t time.Time) string { return t.Format("2006-01") },
		"keep-yearly":  func(t time.Time) string { return t.Format("2006") },
	}
	rng := random(1)
	for _, clause := range periodClauses(Keep{}) {
		label := labels[clause.name]
		for range 20_000 {
			location := zone(zones[rng.IntN(len(zones))])
			a := time.Unix(rng.Int64N(4_000_000_000), 0).In(location)
			b := a.Add(time.Duration(rng.Int64N(int64([]time.Duration{time.Hour, Day, 8 * Day, 40 * Day, 400 * Day}[rng.IntN(5)]))))
			switch first, second := clause.number(a), clause.number(b); {
			case first > second:
				t.Fatalf("%s: %v has number %d, %v has %d", clause.name, a, first, b, second)
			case (first == second) != (label(a) == label(b)):
				t.Fatalf("%s: numbers %d and %d of %q and %q", clause.name, first, second, label(a), label(b))
			}
		}
	}
}

// The edges of ISO weeks, where years and weeks disagree.
func TestWeekNumbers(t *testing.T) {
	tests := []struct {
		a, b string
		same bool
	}{
		{"2020-12-31T12:00Z", "2021-01-03T23:59Z", true},
		{"2021-01-03T23:59Z", "2021-01-04T00:00Z", false},
		{"2024-12-29T23:59Z", "2024-12-30T00:00Z", false},
		{"2024-12-30T00:00Z", "2025-01-05T23:59Z", true},
		{"2026-12-28T00:00Z", "2027-01-03T23:59Z", true},
		{"2027-01-03T23:59Z", "2027-01-04T00:00Z", false},
	}
	for _, tt := range tests {
		if got := weekNumber(minute(tt.a)) == weekNumber(minute(tt.b)); got != tt.same {
			t.Errorf("%s and %s in one week: %v", tt.a, tt.b, got)
		}
	}
}

// A heap gives its files back in order, whatever order they came in.
func TestDatedHeap(t *testing.T) {
	files := datedAt("2026-01-01T00:00Z", "2026-01-02T00:00Z", "2026-01-02T00:00Z", "2026-01-03T00:00Z", "2026-01-04T00:00Z")
	permutations(slices.Clone(files), func(order []*Dated) {
		oldest, newest := oldestFirst(), newestFirst()
		for _, d := range order {
			oldest.add(d)
			newest.add(d)
		}
		newest.shrink(3)
		if oldest.root() != files[0] || newest.root() != files[2] || newest.Len() != 3 {
			t.Fatalf("offered %v: roots %s and %s", keysInOrder(order), oldest.root().Key, newest.root().Key)
		}
		for i := range files {
			if got := oldest.take(); got != files[i] {
				t.Fatalf("offered %v: number %d taken is %s", keysInOrder(order), i, got.Key)
			}
		}
		for i := range 3 {
			if got := newest.take(); got != files[2-i] {
				t.Fatalf("offered %v: number %d taken of the oldest three is %s", keysInOrder(order), i, got.Key)
			}
		}
	})
}

// History is that of the newest files, whatever the order, also across its room.
func TestRecentHistory(t *testing.T) {
	for seed := range uint64(200) {
		rng := random(seed)
		var files []File
		for i := range rng.IntN(200) {
			files = append(files, file(fmt.Sprint(i), noon.Add(-time.Duration(rng.IntN(100))*time.Hour), int64(1+rng.IntN(3))))
		}
		s := only(t, evaluate(oneRule("%A", byModified), noon, nil, files...))
		slices.SortFunc(files, func(a, b File) int {
			if a.ModifiedAt.Equal(b.ModifiedAt) {
				return int(b.Size - a.Size)
			}
			return b.ModifiedAt.Compare(a.ModifiedAt)
		})
		for i, got := range s.Files.Recent {
			if !got.Time.Equal(files[i].ModifiedAt) || got.Size != files[i].Size {
				t.Fatalf("seed %d: point %d is %+v, want %+v", seed, i, got, files[i])
			}
		}
		if len(s.Files.Recent) != min(len(files), recentLimit) {
			t.Fatalf("seed %d: %d points of %d files", seed, len(s.Files.Recent), len(files))
		}
	}
}
