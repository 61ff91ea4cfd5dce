// Package local shows a folder of this machine as a disk. It never reaches outside
// of the folder: symbolic links that lead out of it are left out. It deletes only
// when asked to by name (see storage.Deleter).
//
// It is not for writing, and it gives no version marks: Entry.ETag is
// empty.
package local

import (
	"context"
	"errors"
	"fmt"

	"github.com/backmon/backmon/pkg/storage"
)

// Config says which folder.
type Config struct {
	Path string // absolute, or relative to the working directory of the process
}

// Validate returns an error when no path is given.
func (c Config) Validate() error {
	if c.Path == "" {
		return errors.New("path: missing")
	}
	return nil
}

// Provider is an environment with one disk: a folder, whose name is the path just
// as it was configured.
type Provider struct{ path string }

var _ storage.Provider = (*Provider)(nil)

// New returns the provider of a folder. Whether the folder exists shows in the
// first use, since it may be mounted later.
func New(config Config) (*Provider, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("local storage: %w", err)
	}
	return &Provider{path: config.Path}, nil
}

// Disks returns the folder's path, whether it exists or not: a folder that is
// not mounted is a disk that can't be read, not one that is gone.
func (p *Provider) Disks(context.Context) ([]string, error) { return []string{p.path}, nil }

// Disk returns the folder of that path. Any other than the configured one has no
// files: using it is storage.ErrNotFound.
func (p *Provider) Disk(name string) storage.Disk { return &Disk{path: name, foreign: name != p.path} }
