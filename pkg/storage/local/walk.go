package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/backmon/backmon/pkg/storage"
)

const pageSize = 1000 // entries passed to the visitor at once

var (
	errLinkToFolder = errors.New("a symbolic link to a folder is not followed")
	errDangling     = errors.New("a symbolic link leads nowhere")
)

// walk is one listing under way.
type walk struct {
	listing storage.Listing
	visit   func([]storage.Entry) error
	top     *os.Root // of the disk
	page    []storage.Entry
	cost    storage.Cost
}

// folder lists a directory whose keys begin with the prefix: "" or "a/b/".
func (w *walk) folder(ctx context.Context, root *os.Root, prefix string) error {
	directory, err := root.Open(".")
	if err != nil {
		return w.lost(prefix, err)
	}
	w.cost.Requests++
	for first := true; ; first = false {
		names, done, err := readBatch(ctx, directory)
		if err != nil {
			directory.Close()
			return w.lost(prefix, err)
		}
		if done { // before going down: deep trees would need many file descriptors
			directory.Close()
		}
		if done && first && len(names) == 0 {
			return w.marker(prefix)
		}
		batch := &batch{root: root, prefix: prefix, entries: names, whole: done && first}
		if err := w.batch(ctx, batch); err != nil {
			if !done {
				directory.Close()
			}
			return err
		}
		if done {
			return nil
		}
	}
}

// lostAndFound is where ext4 puts what a repair finds: in the root of a volume,
// readable by the superuser only. No backup is written there.
const lostAndFound = "lost+found/"

// lost tells of a directory that could not be read: one that vanished meanwhile
// holds nothing, anything else makes the listing incomplete.
func (w *walk) lost(prefix string, err error) error {
	err = told(err)
	if prefix != "" && errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if prefix == "" {
		return err
	}
	if prefix == lostAndFound && errors.Is(err, storage.ErrAccessDenied) {
		w.cost.Skipped.Add(strings.TrimSuffix(prefix, "/"), err)
		return nil
	}
	return fmt.Errorf("folder %q: %w", strings.TrimSuffix(prefix, "/"), err)
}

// marker shows an empty directory; the disk itself has none.
func (w *walk) marker(prefix string) error {
	if prefix == "" || !w.listing.Has(prefix) {
		return nil
	}
	return w.emit(storage.Entry{Key: prefix})
}

func (w *walk) batch(ctx context.Context, b *batch) error {
	b.sort()
	for _, entry := range b.entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		if entry.IsDir() {
			err = w.subfolder(ctx, b, entry.Name())
		} else {
			err = w.file(b, entry)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) subfolder(ctx context.Context, b *batch, name string) error {
	prefix := b.prefix + name + "/"
	if !w.listing.MayHold(prefix) {
		return nil
	}
	root, err := b.root.OpenRoot(name)
	if err != nil {
		return w.lost(prefix, err)
	}
	defer root.Close()
	return w.folder(ctx, root, prefix)
}

func (w *walk) file(b *batch, entry fs.DirEntry) error {
	name := entry.Name()
	key := b.prefix + name
	if !w.listing.Has(key) {
		return nil
	}
	isStat := strings.HasSuffix(name, storage.StatSuffix)
	if isStat {
		owned, err := w.hasOwner(b, name)
		if err != nil || owned {
			return err
		}
	}
	info, err := w.stat(b, name, w.skip)
	if err != nil || info == nil {
		return err
	}
	ref, err := w.statRef(b, name)
	if err != nil {
		return err
	}
	return w.emit(storage.Entry{
		Key: key, Size: info.Size(), ModifiedAt: info.ModTime(), Stat: ref, Orphan: isStat,
	})
}

// hasOwner tells whether the file that a .stat file describes is there.
func (w *walk) hasOwner(b *batch, name string) (bool, error) {
	base := strings.TrimSuffix(name, storage.StatSuffix)
	if !storage.MayHaveStat(base) || !b.mayHold(base) {
		return false, nil
	}
	info, err := w.stat(b, base, nil)
	return info != nil, err
}

// statRef looks for the .stat file beside a file.
func (w *walk) statRef(b *batch, name string) (storage.StatRef, error) {
	stat := name + storage.StatSuffix
	if !storage.MayHaveStat(name) || !b.mayHold(stat) {
		return storage.StatRef{}, nil
	}
	info, err := w.stat(b, stat, w.skip)
	if err != nil || info == nil {
		return storage.StatRef{}, err
	}
	mark := strconv.FormatInt(info.Size(), 36) + "-" + strconv.FormatInt(info.ModTime().UnixNano(), 36)
	return storage.StatRef{Found: true, ETag: mark, Size: info.Size(), ModifiedAt: info.ModTime()}, nil
}

func (w *walk) skip(key string, why error) { w.cost.Skipped.Add(key, why) }

// stat returns what is known of a file, following a symbolic link inside of the
// disk; nil when there is no regular file of that name. Links that can't be
// followed are told to skip, if it isn't nil.
func (w *walk) stat(b *batch, name string, skip func(string, error)) (fs.FileInfo, error) {
	key := b.prefix + name
	info, err := b.root.Lstat(name)
	linked := err == nil && info.Mode()&fs.ModeSymlink != 0
	if linked {
		info, err = w.top.Stat(key) // from the top: the link may lead to another folder of the disk
		if why := unfollowed(info, err); why != nil {
			if skip != nil {
				skip(key, why)
			}
			return nil, nil
		}
	}
	switch err = told(err); {
	case errors.Is(err, storage.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("file %q: %w", key, err)
	case !info.Mode().IsRegular():
		return nil, nil
	}
	return info, nil
}

// unfollowed says why a symbolic link is left out; nil when it isn't.
func unfollowed(info fs.FileInfo, err error) error {
	switch {
	case err == nil && info.IsDir():
		return errLinkToFolder
	case err == nil:
		return nil
	case isEscape(errors.Unwrap(err)):
		return storage.ErrEscapes
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ELOOP):
		return errDangling
	}
	return nil
}

func (w *walk) emit(entry storage.Entry) error {
	w.page = append(w.page, entry)
	if len(w.page) < pageSize {
		return nil
	}
	return w.flush()
}

func (w *walk) flush() error {
	if len(w.page) == 0 {
		return nil
	}
	w.cost.Objects += int64(len(w.page))
	err := w.visit(w.page)
	w.page = w.page[:0]
	return err
}
