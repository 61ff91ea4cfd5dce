package local

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/backmon/backmon/pkg/storage"
)

const batchSize = 4096 // directory entries read at once

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
