package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/backmon/backmon/pkg/scan"
	"github.com/backmon/backmon/pkg/storage"
)

// targets finds the disk that the argument means, or all disks of the
// configuration where there is none. incomplete says which environments could not
// be looked through; their disks are missing then.
func (a *app) targets(ctx context.Context, args []string, definitions string) (found []scan.Target, incomplete, err error) {
	if len(args) > 0 {
		t, err := a.target(ctx, args[0], definitions)
		return []scan.Target{t}, nil, err
	}
	if definitions != "" {
		return nil, nil, errors.New("--definitions are for one disk: name it")
	}
	c, err := a.load()
	if err != nil {
		return nil, nil, fmt.Errorf("%w; name a DISK to look at one without a configuration", err)
	}
	all, err := environments(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range all {
		names, err := e.disks(ctx)
		incomplete = errors.Join(incomplete, err)
		for _, name := range names {
			found = append(found, scan.Target{Environment: e.Name, Disk: e.provider.Disk(name), Definitions: e.Definitions})
		}
	}
	return found, incomplete, nil
}

// disks lists the environment's disks that are watched: those that can be seen,
// or where that is not allowed those that the configuration names.
func (e environment) disks(ctx context.Context) ([]string, error) {
	names := slices.Clone(e.Disks.Include.Names)
	var failure error
	if !e.onlyNames() {
		listed, err := e.provider.Disks(ctx)
		if err != nil {
			failure = fmt.Errorf("list the disks of environment %q: %w", e.Name, err)
		} else {
			names = listed
		}
	}
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(name string) bool {
		return !e.Disks.Includes(name) || ignored(ctx, e.provider.Disk(name))
	})
	return names, failure
}

// ignored tells whether a disk holds an ignore file. One that can't be asked is not
// ignored: looking at it will say what is wrong.
func ignored(ctx context.Context, disk storage.Disk) bool {
	_, err := disk.Read(ctx, storage.IgnoreFile, 1)
	return err == nil || errors.Is(err, storage.ErrTooLarge)
}
