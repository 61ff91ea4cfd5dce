package backup

import "time"

// Hold forbids to purge what it names: each name is exact, and an empty one
// stands for all. A Hold that names nothing holds everything.
type Hold struct {
	ID          string
	Environment string
	Disk        string
	Directory   string // alias of the directory, as in SeriesID
	File        string // alias of the file rule, as in SeriesID
	Group       string
	By          string // who put it
	Why         string
	Since       time.Time
	Until       time.Time // zero: no end
}

// Covers reports whether the hold names the series.
func (h Hold) Covers(series SeriesID) bool {
	return covers(h.Environment, series.Environment) && covers(h.Disk, series.Disk) &&
		covers(h.Directory, series.Directory) && covers(h.File, series.File) && covers(h.Group, series.Group)
}

func covers(held, name string) bool { return held == "" || held == name }

// Active reports whether the hold holds at an instant: one without an end always.
func (h Hold) Active(now time.Time) bool { return h.Until.IsZero() || now.Before(h.Until) }
