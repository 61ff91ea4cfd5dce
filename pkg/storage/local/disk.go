package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/backmon/backmon/pkg/storage"
)

var errNoFolder = errors.New("not a folder but a file")

// Disk is a folder. It may be used concurrently.
type Disk struct {
	path    string
	foreign bool // not the provider's folder
}

var _ storage.Disk = (*Disk)(nil)

// Name returns the folder's path as it was configured.
func (d *Disk) Name() string { return d.path }

// List walks the folder. Keys are the paths below it, separated by "/", in byte
// order as long as no single directory has more than 4,096 entries; those are
// streamed as the file system gives them. Empty directories come as markers;
// directories behind symbolic links are not walked; sockets, pipes and devices are
// ignored; files that vanish during the walk are left out. A directory that may
// not be read ends the listing with storage.ErrAccessDenied.
func (d *Disk) List(ctx context.Context, listing storage.Listing, visit func([]storage.Entry) error) (storage.Cost, error) {
	began := time.Now()
	walk := &walk{listing: listing, visit: visit}
	err := d.walk(ctx, walk)
	walk.cost.Elapsed = time.Since(began)
	if err != nil {
		return walk.cost, fmt.Errorf("list folder %q: %w", d.path, err)
	}
	return walk.cost, nil
}

func (d *Disk) walk(ctx context.Context, w *walk) error {
	root, err := d.open()
	if err != nil {
		return err
	}
	defer root.Close()
	before, err := root.Stat(".")
	if err != nil {
		return told(err)
	}
	w.top = root
	if err := w.folder(ctx, root, ""); err != nil {
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	return d.stillThere(before)
}

// stillThere guards against a file system that went away during the walk, which
// looks as if all its files had been deleted.
func (d *Disk) stillThere(before fs.FileInfo) error {
	after, err := os.Stat(d.path)
	if err != nil || !os.SameFile(before, after) {
		return fmt.Errorf("%w: the folder was replaced or unmounted meanwhile", storage.ErrIncomplete)
	}
	return nil
}

func (d *Disk) open() (*os.Root, error) {
	if d.foreign {
		return nil, storage.ErrNotFound
	}
	root, err := os.OpenRoot(d.path)
	if info, errStat := os.Stat(d.path); err != nil && errStat == nil && !info.IsDir() {
		return nil, errNoFolder
	}
	return root, told(err)
}

// Read returns a small file. Only regular files below the folder can be read,
// through symbolic links too as long as they stay inside.
func (d *Disk) Read(ctx context.Context, key string, limit int64) (storage.Object, error) {
	object, err := d.read(ctx, key, limit)
	if err != nil {
		return storage.Object{}, fmt.Errorf("read %q in folder %q: %w", key, d.path, err)
	}
	return object, nil
}

func (d *Disk) read(ctx context.Context, key string, limit int64) (storage.Object, error) {
	file, err := d.openRegular(ctx, key)
	if err != nil {
		return storage.Object{}, err
	}
	defer file.Close()
	return content(file, limit)
}

// openRegular opens a regular file.
func (d *Disk) openRegular(ctx context.Context, key string) (*os.File, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if !isKey(key) {
		return nil, storage.ErrNotFound
	}
	root, err := d.open()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	// Without O_NONBLOCK the opening of a pipe waits for a writer, for ever.
	file, err := root.OpenFile(key, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, told(err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%w: not a regular file", storage.ErrNotFound)
	}
	if err != nil {
		file.Close()
		return nil, told(err)
	}
	return file, nil
}

func content(file *os.File, limit int64) (storage.Object, error) {
	info, err := file.Stat()
	if err != nil {
		return storage.Object{}, told(err)
	}
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return storage.Object{}, told(err)
	}
	if int64(len(data)) > limit {
		return storage.Object{}, fmt.Errorf("%w: over %d bytes", storage.ErrTooLarge, limit)
	}
	return storage.Object{Data: data, ModifiedAt: info.ModTime()}, nil
}

// isKey tells whether List could have given this key for a file.
func isKey(key string) bool {
	return key != "" && path.Clean(key) == key && key != "." && key != ".." &&
		!strings.HasPrefix(key, "/") && !strings.HasPrefix(key, "../")
}
