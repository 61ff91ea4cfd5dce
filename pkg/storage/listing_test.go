package storage

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestListingMayHoldNeverHidesAKey(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	text := func() string {
		var b strings.Builder
		for range random.IntN(5) {
			b.WriteByte("ab/"[random.IntN(3)])
		}
		return b.String()
	}
	for range 50_000 {
		listing := Listing{Prefix: text(), After: text(), Until: text()}
		folder := text() + "/"
		if key := folder + text(); listing.Has(key) && !listing.MayHold(folder) {
			t.Fatalf("%+v has %q, but may not hold %q", listing, key, folder)
		}
	}
}

func TestListingMayHoldSparesFolders(t *testing.T) {
	for name, listing := range map[string]Listing{
		"another prefix": {Prefix: "x/"},
		"below":          {After: "b0"},
		"above":          {Until: "b"},
	} {
		t.Run(name, func(t *testing.T) {
			if listing.MayHold("b/") {
				t.Errorf("%+v may hold b/", listing)
			}
		})
	}
}

func TestProblemsKeepTheFirstAndCountAll(t *testing.T) {
	var problems Problems
	for range 100 {
		problems.Add("key\n", errors.New("broken"))
	}
	if problems.Total != 100 || len(problems.First) != maxProblems {
		t.Errorf("got %d of %d problems, want %d of 100", len(problems.First), problems.Total, maxProblems)
	}
	if got := problems.First[0].String(); got != `"key\n": broken` {
		t.Errorf("got %s", got)
	}
}
