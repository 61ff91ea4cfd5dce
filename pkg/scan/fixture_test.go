package scan_test

import (
	"context"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/scan"
	"github.com/backmon/backmon/pkg/storage"
)

var noon = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

// definitions are of one series per folder in db/, with a backup each night.
const definitions = `
quota: 1GiB
directories:
  db/{{tenant}}:
    alias: db
    files:
      dump-%Y%M%D.gz:
        alias: full
        schedule: 0 2 * * *
        sort: born_at
        retention-count: 2
        retention-age: 2d
        purge: true
`

// fakeDisk is a disk whose pages and files the test sets.
type fakeDisk struct {
	pages   [][]storage.Entry
	broken  error             // ends the listing after the pages
	files   map[string]string // what can be read
	refused map[string]error  // what can't
	listing storage.Listing   // as it was asked for
	reads   map[string]int    // how often a file was read
}

func newDisk(pages ...[]storage.Entry) *fakeDisk {
	return &fakeDisk{pages: pages, files: map[string]string{definitionsKey: definitions}, refused: map[string]error{}, reads: map[string]int{}}
}

const definitionsKey = "backup_definitions.yaml"

func (d *fakeDisk) Name() string { return "disk" }

func (d *fakeDisk) List(ctx context.Context, listing storage.Listing, visit func([]storage.Entry) error) (storage.Cost, error) {
	d.listing = listing
	cost := storage.Cost{Elapsed: time.Second}
	for _, page := range d.pages {
		if err := ctx.Err(); err != nil {
			return cost, err
		}
		cost.Requests++
		cost.Objects += int64(len(page))
		if err := visit(page); err != nil {
			return cost, err
		}
	}
	return cost, d.broken
}

func (d *fakeDisk) Read(_ context.Context, key string, limit int64) (storage.Object, error) {
	d.reads[key]++
	if err := d.refused[key]; err != nil {
		return storage.Object{}, err
	}
	text, ok := d.files[key]
	switch {
	case !ok:
		return storage.Object{}, storage.ErrNotFound
	case int64(len(text)) > limit:
		return storage.Object{}, storage.ErrTooLarge
	}
	return storage.Object{Data: []byte(text), ETag: "e-" + key}, nil
}

func file(key string, size int64) storage.Entry {
	return storage.Entry{Key: key, Size: size, ModifiedAt: noon.Add(-10 * time.Hour), ETag: "e"}
}

func withStat(e storage.Entry) storage.Entry {
	e.Stat = storage.StatRef{Found: true, ETag: "s", Size: 20}
	return e
}

func orphan(key string) storage.Entry { return storage.Entry{Key: key, Orphan: true} }

// scanned is one scan of a disk at noon.
func scanned(t *testing.T, d storage.Disk, previous []backup.Status) scan.Result {
	t.Helper()
	return scanner().Scan(t.Context(), target(d), noon, previous, nil)
}

func scanner() *scan.Scanner {
	return &scan.Scanner{Stats: storage.NewStatReader(0, 0), MaxDefinition: 4 << 10}
}

func target(d storage.Disk) scan.Target {
	return scan.Target{Environment: "env", Disk: d, Definitions: definitionsKey}
}

// states are the states by group.
func states(statuses []backup.Status) map[string]backup.State {
	found := map[string]backup.State{}
	for _, s := range statuses {
		found[s.Series.Group] = s.State
	}
	return found
}

// known is what an earlier scan said.
func known(group string, state backup.State) backup.Status {
	return backup.Status{
		Series: backup.SeriesID{Environment: "env", Disk: "disk", Directory: "db", File: "full", Group: group},
		State:  state, KnownSince: noon.Add(-backup.Day), SeenAt: noon.Add(-backup.Day), Since: noon.Add(-backup.Day),
		Files: backup.FileFacts{Count: 5, Bytes: 500},
	}
}
