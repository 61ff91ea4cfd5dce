package config_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/config"
)

// disks reads a "disks" section.
func disks(t *testing.T, section string) config.Disks {
	t.Helper()
	return parse(t, fmt.Sprintf("environments: {e: {s3: , disks: {%s}}}", section)).Environments[0].Disks
}

// TestDecisionTable goes through upstream's table: how a disk is included, how it
// is excluded, and what holds for all others.
func TestDecisionTable(t *testing.T) {
	ways := map[string]string{"not": "[]", "by name": "[x, disk]", "by expression": "[x, /^di.k$/]", "by both": "[disk, /disk/]", "others": "[x, /y/]"}
	for included, include := range ways {
		for excluded, exclude := range ways {
			for _, others := range []string{"include", "exclude", ""} {
				t.Run(included+" included, "+excluded+" excluded, all others "+others, func(t *testing.T) {
					d := disks(t, fmt.Sprintf("include: %s, exclude: %s, all_others: %s", include, exclude, others))
					isIncluded, isExcluded := included[:2] == "by", excluded[:2] == "by"
					want := others != "exclude"
					if isIncluded != isExcluded {
						want = isIncluded
					}
					if got := d.Includes("disk"); got != want {
						t.Errorf("Includes gives %v, want %v", got, want)
					}
				})
			}
		}
	}
}

func TestSelections(t *testing.T) {
	for _, c := range []struct {
		name, list, disk string
		want             bool
	}{
		{"a name in full", "[db]", "db", true},
		{"no part of a name", "[db]", "dbs", false},
		{"an expression matches anywhere", "[/b..k/]", "my-backups", true},
		{"anchors hold", "[/^b..k/]", "my-backups", false},
		{"one slash is a name", "[/db]", "db", false},
		{"a lone slash is a name", "[/]", "db", false},
		{"an empty expression matches all", "[//]", "db", true},
		{"a single item", "/d/", "db", true},
		{"a number", "[2026]", "2026", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := disks(t, "include: "+c.list).Include.Selects(c.disk); got != c.want {
				t.Errorf("%s selects %q: %v, want %v", c.list, c.disk, got, c.want)
			}
		})
	}
}

func TestNamesAreKnown(t *testing.T) {
	got := disks(t, "include: [b, a, /x/]").Include.Names
	if diff := cmp.Diff([]string{"b", "a"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
