package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/backmon/backmon/pkg/storage"
)

const (
	batchSize = 4096 // directory entries read at once
	pageSize  = 1000 // entries passed to the visitor at once
)

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

// readBatch fills a batch as far as it can, so that only a directory with more
// entries than that comes in several.
func readBatch(ctx context.Context, directory *os.File) (entries []fs.DirEntry, done bool, err error) {
	for len(entries) < batchSize {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		more, err := directory.ReadDir(batchSize)
		entries = append(entries, more...)
		if errors.Is(err, io.EOF) {
			return entries, true, nil
		}
		if err != nil {
			return nil, false, err
		}
	}
	return entries, false, nil
}

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

// batch is the part of a directory that is at hand: nearly always all of it.
type batch struct {
	root    *os.Root
	prefix  string
	entries []fs.DirEntry
	whole   bool // there is no more in this directory
	names   map[string]struct{}
}

// sort puts the entries into the byte order of their keys, where a directory
// counts with the "/" that follows.
func (b *batch) sort() {
	slices.SortFunc(b.entries, func(x, y fs.DirEntry) int { return strings.Compare(sortKey(x), sortKey(y)) })
	if !b.whole || !slices.ContainsFunc(b.entries, isStatFile) {
		return
	}
	b.names = make(map[string]struct{}, len(b.entries))
	for _, entry := range b.entries {
		b.names[entry.Name()] = struct{}{}
	}
}

func sortKey(entry fs.DirEntry) string {
	if entry.IsDir() {
		return entry.Name() + "/"
	}
	return entry.Name()
}

func isStatFile(entry fs.DirEntry) bool {
	return strings.HasSuffix(entry.Name(), storage.StatSuffix)
}

// mayHold spares the question to the file system where the answer is known.
func (b *batch) mayHold(name string) bool {
	_, found := b.names[name]
	return found || !b.whole
}
