package backup_test

import (
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

func TestHoldCovers(t *testing.T) {
	series := backup.SeriesID{Environment: "prod", Disk: "db", Directory: "dumps", File: "%Y.gz", Group: "dumps/a"}
	cases := []struct {
		name string
		hold backup.Hold
		want bool
	}{
		{"everything", backup.Hold{}, true},
		{"its environment", backup.Hold{Environment: "prod"}, true},
		{"another environment", backup.Hold{Environment: "test"}, false},
		{"its disk", backup.Hold{Environment: "prod", Disk: "db"}, true},
		{"another disk", backup.Hold{Environment: "prod", Disk: "web"}, false},
		{"its disk of another environment", backup.Hold{Environment: "test", Disk: "db"}, false},
		{"its disk of any environment", backup.Hold{Disk: "db"}, true},
		{"its directory", backup.Hold{Environment: "prod", Disk: "db", Directory: "dumps"}, true},
		{"another directory", backup.Hold{Environment: "prod", Disk: "db", Directory: "dump"}, false},
		{"its file rule", backup.Hold{Environment: "prod", Disk: "db", Directory: "dumps", File: "%Y.gz"}, true},
		{"another file rule", backup.Hold{Environment: "prod", Disk: "db", Directory: "dumps", File: "%Y"}, false},
		{"the series itself", backup.Hold{Environment: "prod", Disk: "db", Directory: "dumps", File: "%Y.gz", Group: "dumps/a"}, true},
		{"another group", backup.Hold{Environment: "prod", Disk: "db", Directory: "dumps", File: "%Y.gz", Group: "dumps/b"}, false},
		{"its group alone", backup.Hold{Group: "dumps/a"}, true},
		{"names are no patterns", backup.Hold{Disk: "*"}, false},
		{"case matters", backup.Hold{Disk: "DB"}, false},
		{"who and why don't matter", backup.Hold{ID: "1", By: "ann", Why: "lawsuit", Disk: "db"}, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := c.hold.Covers(series); got != c.want {
				t.Errorf("%+v covers %v: %v", c.hold, series, got)
			}
		})
	}
}

// A hold that names less holds at least as much.
func TestWiderHoldCoversMore(t *testing.T) {
	names := []string{"", "a", "b"}
	at := func(i, place int) string {
		for range place {
			i /= len(names)
		}
		return names[i%len(names)]
	}
	const all = 3 * 3 * 3 * 3 * 3
	series := backup.SeriesID{Environment: "a", Disk: "b", Directory: "a", File: "b", Group: "a"}
	for i := range all {
		h := backup.Hold{Environment: at(i, 0), Disk: at(i, 1), Directory: at(i, 2), File: at(i, 3), Group: at(i, 4)}
		for _, wider := range widen(h) {
			if h.Covers(series) && !wider.Covers(series) {
				t.Errorf("%+v covers what %+v does not", h, wider)
			}
		}
	}
}

// widen returns the hold with each of its names left out.
func widen(h backup.Hold) []backup.Hold {
	wider := []backup.Hold{h, h, h, h, h}
	for _, name := range []*string{&wider[0].Environment, &wider[1].Disk, &wider[2].Directory, &wider[3].File, &wider[4].Group} {
		*name = ""
	}
	return wider
}

func TestHoldActive(t *testing.T) {
	end := time.Date(2026, 3, 29, 2, 30, 0, 0, time.UTC)
	cases := []struct {
		name  string
		until time.Time
		now   time.Time
		want  bool
	}{
		{"no end", time.Time{}, end.AddDate(100, 0, 0), true},
		{"before its end", end, end.Add(-1), true},
		{"at its end", end, end, false},
		{"after its end", end, end.Add(1), false},
		{"in another zone", end.In(time.FixedZone("x", 7200)), end.Add(-1), true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := (backup.Hold{Until: c.until}).Active(c.now); got != c.want {
				t.Errorf("active %v", got)
			}
		})
	}
}
