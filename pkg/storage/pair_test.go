package storage

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// naivePairing is the rule said with the whole list in hand.
func naivePairing(keys []string, listing Listing) []string {
	all := make(map[string]bool)
	for _, key := range keys {
		all[key] = true
	}
	var shown []string
	for _, key := range keys {
		base, isStat := strings.CutSuffix(key, StatSuffix)
		switch {
		case !listing.Has(key):
		case isStat && MayHaveStat(base) && all[base]:
		case isStat:
			shown = append(shown, key+"?")
		case MayHaveStat(key) && all[key+StatSuffix]:
			shown = append(shown, key+"+")
		default:
			shown = append(shown, key)
		}
	}
	slices.Sort(shown)
	return shown
}

// streamed pairs the sorted keys page by page.
func streamed(t *testing.T, keys []string, listing Listing, pageSize int) (shown []string, held, lookups int) {
	t.Helper()
	pairer := NewPairer(listing, func(_ context.Context, key string) (Entry, bool, error) {
		lookups++
		return Entry{Key: key, ETag: "tag of " + key}, slices.Contains(keys, key), nil
	})
	collect := func(entries []Entry, err error) {
		if err != nil {
			t.Fatal(err)
		}
		held = max(held, len(pairer.held))
		for _, entry := range entries {
			shown = append(shown, described(t, entry))
		}
	}
	var inside []Entry
	for _, key := range keys {
		if listing.Has(key) {
			inside = append(inside, Entry{Key: key, ETag: "tag of " + key})
		}
	}
	for page := range slices.Chunk(inside, pageSize) {
		collect(pairer.Page(context.Background(), page))
	}
	collect(pairer.End(context.Background()))
	slices.Sort(shown)
	return shown, held, lookups
}

func described(t *testing.T, entry Entry) string {
	t.Helper()
	switch {
	case entry.Orphan:
		return entry.Key + "?"
	case entry.Stat.Found:
		if want := "tag of " + entry.Key + StatSuffix; entry.Stat.ETag != want {
			t.Errorf("%q has the .stat %q, want %q", entry.Key, entry.Stat.ETag, want)
		}
		return entry.Key + "+"
	}
	return entry.Key
}

// randomKeys are made of the pieces that are hard to pair.
func randomKeys(random *rand.Rand) []string {
	pieces := []string{"a", "b", "-1", ".", ".s", ".stat", ".stat", "/", ".statue", "~", "!", "\x00"}
	keys := make([]string, random.IntN(40))
	for i := range keys {
		for range 1 + random.IntN(5) {
			keys[i] += pieces[random.IntN(len(pieces))]
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func TestPairerEqualsTheNaiveRule(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(keys []string) string {
		if len(keys) == 0 || random.IntN(2) == 0 {
			return ""
		}
		key := keys[random.IntN(len(keys))]
		return key[:random.IntN(len(key)+1)]
	}
	for round := range 20_000 {
		keys := randomKeys(random)
		listing := Listing{Prefix: pick(keys), After: pick(keys), Until: pick(keys)}
		got, _, _ := streamed(t, keys, listing, 1+random.IntN(7))
		if diff := cmp.Diff(naivePairing(keys, listing), got); diff != "" {
			t.Fatalf("round %d, %+v of %q (-naive +streamed):\n%s", round, listing, keys, diff)
		}
	}
}

func TestPairerAdjoiningRangesGiveTheWhole(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 5_000 {
		keys := randomKeys(random)
		if len(keys) == 0 {
			continue
		}
		border := keys[random.IntN(len(keys))]
		below, _, _ := streamed(t, keys, Listing{Until: border}, 3)
		above, _, _ := streamed(t, keys, Listing{After: border}, 3)
		parts := slices.Concat(below, above)
		slices.Sort(parts)
		if diff := cmp.Diff(naivePairing(keys, Listing{}), parts); diff != "" {
			t.Fatalf("parted at %q: %q (-whole +parts):\n%s", border, keys, diff)
		}
	}
}

func TestPairerHoldsNoMoreThanAKeyIsLong(t *testing.T) {
	var keys []string
	for i := 1; i <= 50; i++ {
		keys = append(keys, strings.Repeat("-", i))
	}
	for i := range 5_000 {
		keys = append(keys, fmt.Sprintf("%s%05d", strings.Repeat("-", 50), i))
	}
	shown, held, lookups := streamed(t, keys, Listing{}, 100)
	if len(shown) != len(keys) || held > 51 || lookups != 0 {
		t.Errorf("%d of %d entries, %d held, %d lookups; want all, at most 51, none", len(shown), len(keys), held, lookups)
	}
}

func TestPairerMakesFewLookups(t *testing.T) {
	keys := []string{"a", "b", "b-1", "b.stat", "c"}
	if _, _, lookups := streamed(t, keys, Listing{Until: "b-1"}, 2); lookups != 2 { // b.stat and b-1.stat
		t.Errorf("%d lookups below, want 2", lookups)
	}
	if _, _, lookups := streamed(t, keys, Listing{After: "b-1"}, 2); lookups != 1 { // b
		t.Errorf("%d lookups above, want 1", lookups)
	}
}

func TestPairerPassesOnALookupsError(t *testing.T) {
	broken := errors.New("broken")
	lookup := func(context.Context, string) (Entry, bool, error) { return Entry{}, false, broken }

	below := NewPairer(Listing{Until: "b"}, lookup)
	if _, err := below.Page(context.Background(), []Entry{{Key: "b"}}); err != nil {
		t.Fatalf("page: %v", err)
	}
	if _, err := below.End(context.Background()); !errors.Is(err, broken) {
		t.Errorf("end: got %v, want %v", err, broken)
	}
	above := NewPairer(Listing{After: "b"}, lookup)
	if _, err := above.Page(context.Background(), []Entry{{Key: "b.stat"}}); !errors.Is(err, broken) {
		t.Errorf("page: got %v, want %v", err, broken)
	}
}
