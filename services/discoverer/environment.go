package discoverer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/backmon/backmon/pkg/storage"
)

// ignoreConcurrency is how many disks of an environment are asked for their
// ignore file at once.
const ignoreConcurrency = 16

// maxIgnoreFile is how many bytes of an ignore file are read; its content says nothing.
const maxIgnoreFile = 1 << 10

// Environment is one account of buckets or one local folder to look for disks in.
type Environment struct {
	Name     string
	Provider storage.Provider
	// Includes decides which of the disks that are found are watched.
	Includes func(disk string) bool
	// Names are the disks that the configuration names in full.
	Names []string
	// OnlyNames turns looking for disks off: Names is all there is.
	OnlyNames bool
}

// discovery is what one look at an environment found.
type discovery struct {
	disks   []string // to watch, sorted
	ignored []string // left alone because of their ignore file
	// complete says that the environment was seen as a whole: a disk that is in
	// neither list is no more.
	complete bool
	err      error // why it is not complete, or is so only by configuration
}

// discover looks for the environment's disks. Where the right to list them is
// missing, the disks that the configuration names stand in.
func (e *Environment) discover(ctx context.Context) discovery {
	found := discovery{complete: true}
	names := e.Names
	if !e.OnlyNames {
		listed, err := e.Provider.Disks(ctx)
		switch {
		case errors.Is(err, storage.ErrAccessDenied):
			found.complete = false
			found.err = fmt.Errorf("list the disks of environment %q: %w; only the disks named in disks.include are watched", e.Name, err)
		case err != nil:
			found.complete = false
			found.err = fmt.Errorf("list the disks of environment %q: %w", e.Name, err)
		default:
			names = listed
		}
	}
	for _, name := range names {
		if e.Includes(name) {
			found.disks = append(found.disks, name)
		}
	}
	slices.Sort(found.disks)
	found.disks = slices.Compact(found.disks)
	found.leaveIgnored(e.ignored(ctx, found.disks))
	return found
}

// ignored tells which of the disks hold an ignore file. One that can't be asked
// is not ignored: its evaluation will say what is wrong with it.
func (e *Environment) ignored(ctx context.Context, disks []string) []bool {
	ignored := make([]bool, len(disks))
	slots := make(chan struct{}, ignoreConcurrency)
	var group sync.WaitGroup
	for i, name := range disks {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			_, err := e.Provider.Disk(name).Read(ctx, storage.IgnoreFile, maxIgnoreFile)
			ignored[i] = err == nil || errors.Is(err, storage.ErrTooLarge)
		})
	}
	group.Wait()
	return ignored
}

func (d *discovery) leaveIgnored(ignored []bool) {
	var watched []string
	for i, name := range d.disks {
		if ignored[i] {
			d.ignored = append(d.ignored, name)
		} else {
			watched = append(watched, name)
		}
	}
	d.disks = watched
}
