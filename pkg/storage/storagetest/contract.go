package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/storage"
)

// File is a file that a disk under test shall have.
type File struct {
	Key        string // ends in "/": an empty directory
	Content    string
	ModifiedAt time.Time // whole seconds; zero: any
}

// Contract runs every clause that holds for all disks. The function newDisk makes
// a disk with those files and nothing else; gone makes one that doesn't exist.
func Contract(t *testing.T, newDisk func(t *testing.T, files []File) storage.Disk, gone func(t *testing.T) storage.Disk) {
	c := contract{newDisk: newDisk, gone: gone}
	for name, clause := range map[string]func(*testing.T){
		"every file comes once with its size and time":      c.everyFile,
		"an empty disk has no entries":                      c.emptyDisk,
		"many files come in pages":                          c.pages,
		"a range is open below and closed above":            c.ranges,
		"a prefix is one of keys, not of folders":           c.prefix,
		"ranges that adjoin give the whole":                 c.partition,
		"an empty folder comes as a marker":                 c.marker,
		"a .stat belongs to its file":                       c.stat,
		"a .stat is found when other keys lie between":      c.statApart,
		"a .stat without its file is an orphan":             c.orphan,
		"a .stat changes its version mark with its content": c.statVersion,
		"strange names come as they are":                    c.strangeNames,
		"visit's error ends the listing":                    c.visitError,
		"a cancelled context ends the listing":              c.cancelled,
		"a cancelled context ends a listing in its middle":  c.cancelledMidway,
		"a disk that isn't there is not found":              c.notThere,
		"a small file can be read":                          c.read,
		"an empty file can be read":                         c.readEmpty,
		"a file of just the limit can be read":              c.readLimit,
		"a file over the limit is too large":                c.readTooLarge,
		"a file that isn't there is not found":              c.readNothing,
		"a folder is not found as a file":                   c.readFolder,
		"reading from a disk that isn't there is not found": c.readNotThere,
		"reading with a cancelled context fails":            c.readCancelled,
		"the cost tells of requests, objects and the time":  c.cost,
	} {
		t.Run(name, clause)
	}
}

type contract struct {
	newDisk func(t *testing.T, files []File) storage.Disk
	gone    func(t *testing.T) storage.Disk
}

// Collect lists the range and returns the entries sorted by key.
func Collect(t testing.TB, disk storage.Disk, listing storage.Listing) []storage.Entry {
	t.Helper()
	var all []storage.Entry
	_, err := disk.List(context.Background(), listing, func(page []storage.Entry) error {
		all = append(all, page...)
		return nil
	})
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	slices.SortFunc(all, func(a, b storage.Entry) int { return strings.Compare(a.Key, b.Key) })
	return all
}

// Keys returns the entries' keys, with "?" behind those of orphans and "+" behind
// those of files with a .stat.
func Keys(entries []storage.Entry) []string {
	keys := make([]string, 0, len(entries))
	for _, entry := range entries {
		key := entry.Key
		if entry.Orphan {
			key += "?"
		}
		if entry.Stat.Found {
			key += "+"
		}
		keys = append(keys, key)
	}
	return keys
}

func (c contract) wantKeys(t *testing.T, disk storage.Disk, listing storage.Listing, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), Keys(Collect(t, disk, listing))); diff != "" {
		t.Errorf("keys of %+v (-want +got):\n%s", listing, diff)
	}
}

func named(keys ...string) []File {
	files := make([]File, 0, len(keys))
	for _, key := range keys {
		file := File{Key: key}
		if !strings.HasSuffix(key, "/") {
			file.Content = "content of " + key
		}
		files = append(files, file)
	}
	return files
}

func (c contract) everyFile(t *testing.T) {
	when := time.Date(2026, 1, 14, 4, 0, 0, 0, time.UTC)
	disk := c.newDisk(t, []File{
		{Key: "a.gz", Content: "12345", ModifiedAt: when},
		{Key: "dir/empty", Content: "", ModifiedAt: when.Add(time.Hour)},
		{Key: "dir/sub/b.gz", Content: "1", ModifiedAt: when.Add(-time.Hour)},
	})
	entries := Collect(t, disk, storage.Listing{})
	want := []string{"a.gz 5 04:00", "dir/empty 0 05:00", "dir/sub/b.gz 1 03:00"}
	var got []string
	for _, entry := range entries {
		got = append(got, fmt.Sprintf("%s %d %s", entry.Key, entry.Size, entry.ModifiedAt.UTC().Format("15:04")))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

func (c contract) emptyDisk(t *testing.T) {
	c.wantKeys(t, c.newDisk(t, nil), storage.Listing{})
}

func (c contract) pages(t *testing.T) {
	var keys []string
	for i := range 2_345 {
		keys = append(keys, fmt.Sprintf("d%d/f%04d", i%3, i))
	}
	pages, seen := 0, map[string]int{}
	cost, err := c.newDisk(t, named(keys...)).List(context.Background(), storage.Listing{}, func(page []storage.Entry) error {
		pages++
		for _, entry := range page {
			seen[strings.Clone(entry.Key)]++
		}
		return nil
	})
	if err != nil || pages < 2 || len(seen) != len(keys) || cost.Objects != int64(len(keys)) {
		t.Errorf("got %d pages, %d keys, %d objects, error %v; want several pages, %d keys", pages, len(seen), cost.Objects, err, len(keys))
	}
}

func (c contract) ranges(t *testing.T) {
	disk := c.newDisk(t, named("a", "b/1", "b/2", "b/3", "b0", "c"))
	c.wantKeys(t, disk, storage.Listing{After: "b/1"}, "b/2", "b/3", "b0", "c")
	c.wantKeys(t, disk, storage.Listing{Until: "b/2"}, "a", "b/1", "b/2")
	c.wantKeys(t, disk, storage.Listing{After: "a", Until: "b/2"}, "b/1", "b/2")
	c.wantKeys(t, disk, storage.Listing{After: "b", Until: "b/"})
	c.wantKeys(t, disk, storage.Listing{After: "b/", Until: "b/~"}, "b/1", "b/2", "b/3")
	c.wantKeys(t, disk, storage.Listing{After: "z"})
}

func (c contract) prefix(t *testing.T) {
	disk := c.newDisk(t, named("ab/1", "ab/2", "abc", "b/1"))
	c.wantKeys(t, disk, storage.Listing{Prefix: "ab"}, "ab/1", "ab/2", "abc")
	c.wantKeys(t, disk, storage.Listing{Prefix: "ab/"}, "ab/1", "ab/2")
	c.wantKeys(t, disk, storage.Listing{Prefix: "ab", After: "ab/1", Until: "ab/9"}, "ab/2")
	c.wantKeys(t, disk, storage.Listing{Prefix: "nothing"})
}

func (c contract) partition(t *testing.T) {
	disk := c.newDisk(t, named("d/x", "d/x-1", "d/x.stat", "d/x.stat-1", "d/y.stat", "e", "e.stat"))
	whole := Keys(Collect(t, disk, storage.Listing{}))
	for _, border := range []string{"d/", "d/x", "d/x-1", "d/x.s", "d/x.stat", "d/x.stat-1", "d/y", "d/y.stat", "e", "f"} {
		parts := append(Collect(t, disk, storage.Listing{Until: border}), Collect(t, disk, storage.Listing{After: border})...)
		if diff := cmp.Diff(whole, Keys(parts)); diff != "" {
			t.Errorf("parted at %q (-whole +parts):\n%s", border, diff)
		}
	}
}

func (c contract) marker(t *testing.T) {
	disk := c.newDisk(t, named("full/a", "empty/"))
	c.wantKeys(t, disk, storage.Listing{}, "empty/", "full/a")
	for _, entry := range Collect(t, disk, storage.Listing{Prefix: "empty/"}) {
		if entry.Size != 0 {
			t.Errorf("the marker has %d bytes", entry.Size)
		}
	}
}

func (c contract) stat(t *testing.T) {
	when := time.Date(2026, 1, 14, 4, 0, 0, 0, time.UTC)
	disk := c.newDisk(t, []File{
		{Key: "a.gz", Content: "x"}, {Key: "a.gz.stat", Content: "born_at: 1", ModifiedAt: when}, {Key: "b.gz", Content: "x"},
	})
	c.wantKeys(t, disk, storage.Listing{}, "a.gz+", "b.gz")
	ref := Collect(t, disk, storage.Listing{})[0].Stat
	if ref.Size != 10 || !ref.ModifiedAt.Equal(when) {
		t.Errorf("got %+v, want 10 bytes of %v", ref, when)
	}
}

func (c contract) statApart(t *testing.T) {
	disk := c.newDisk(t, named("x", "x-1", "x-1.stat", "x.gz", "x.stat", "x.statue", "y"))
	c.wantKeys(t, disk, storage.Listing{}, "x+", "x-1+", "x.gz", "x.statue", "y")
}

func (c contract) orphan(t *testing.T) {
	disk := c.newDisk(t, named("d/.stat", "d/a.stat", "d/b", "d/b.stat", "d/b.stat.stat", "e.stat"))
	c.wantKeys(t, disk, storage.Listing{}, "d/.stat?", "d/a.stat?", "d/b+", "d/b.stat.stat?", "e.stat?")
}

func (c contract) statVersion(t *testing.T) {
	when := time.Date(2026, 1, 14, 4, 0, 0, 0, time.UTC)
	mark := func(content string, modifiedAt time.Time) string {
		disk := c.newDisk(t, []File{{Key: "a"}, {Key: "a.stat", Content: content, ModifiedAt: modifiedAt}})
		ref := Collect(t, disk, storage.Listing{})[0].Stat
		return fmt.Sprint(ref.ETag, ref.Size, ref.ModifiedAt.UnixNano())
	}
	if before, after := mark("born_at: 1", when), mark("born_at: 22", when.Add(time.Second)); before == after {
		t.Errorf("both versions are %q", before)
	}
}

func (c contract) strangeNames(t *testing.T) {
	keys := []string{
		"new\nline", "back\\slash", "sp ace", "plus+plus", "per%20cent", "%", "uml\u00e4ut", "emoji\U0001F600", "quo\"te's",
		"<tag>&amp;", "..name", "a=b?c#d", "tab\there", "${var}", "*",
	}
	slices.Sort(keys)
	disk := c.newDisk(t, named(keys...))
	c.wantKeys(t, disk, storage.Listing{}, keys...)
	for _, key := range keys {
		if object, err := disk.Read(context.Background(), key, 100); err != nil || string(object.Data) != "content of "+key {
			t.Errorf("read %q: %q, %v", key, object.Data, err)
		}
	}
}

func (c contract) visitError(t *testing.T) {
	stop, visits := errors.New("enough"), 0
	_, err := c.newDisk(t, named("a", "b")).List(context.Background(), storage.Listing{}, func([]storage.Entry) error {
		visits++
		return stop
	})
	if !errors.Is(err, stop) || visits != 1 {
		t.Errorf("got %v after %d visits, want visit's own error after one", err, visits)
	}
}

func (c contract) cancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := c.newDisk(t, named("a")).List(ctx, storage.Listing{}, func([]storage.Entry) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func (c contract) cancelledMidway(t *testing.T) {
	var keys []string
	for i := range 2_100 {
		keys = append(keys, fmt.Sprintf("f%04d", i))
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, err := c.newDisk(t, named(keys...)).List(ctx, storage.Listing{}, func([]storage.Entry) error {
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func (c contract) notThere(t *testing.T) {
	_, err := c.gone(t).List(context.Background(), storage.Listing{}, func([]storage.Entry) error { return nil })
	if !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("got %v, want storage.ErrNotFound", err)
	}
}

func (c contract) readCase(t *testing.T, content string, limit int64, want error) {
	t.Helper()
	when := time.Date(2026, 1, 14, 4, 0, 0, 0, time.UTC)
	disk := c.newDisk(t, []File{{Key: "dir/file", Content: content, ModifiedAt: when}})
	object, err := disk.Read(context.Background(), "dir/file", limit)
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
	if want == nil && (string(object.Data) != content || !object.ModifiedAt.Equal(when)) {
		t.Errorf("got %q of %v, want %q of %v", object.Data, object.ModifiedAt, content, when)
	}
}

func (c contract) read(t *testing.T)         { c.readCase(t, "hello", 100, nil) }
func (c contract) readEmpty(t *testing.T)    { c.readCase(t, "", 100, nil) }
func (c contract) readLimit(t *testing.T)    { c.readCase(t, "hello", 5, nil) }
func (c contract) readTooLarge(t *testing.T) { c.readCase(t, "hello", 4, storage.ErrTooLarge) }

func wantNotFound(t *testing.T, disk storage.Disk, key string) {
	t.Helper()
	if _, err := disk.Read(context.Background(), key, 100); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("read %q: got %v, want storage.ErrNotFound", key, err)
	}
}

func (c contract) readNothing(t *testing.T) {
	disk := c.newDisk(t, named("dir/file"))
	for _, key := range []string{"", "nothing", "dir/nothing", "dir/file/below"} {
		wantNotFound(t, disk, key)
	}
}

func (c contract) readFolder(t *testing.T) { wantNotFound(t, c.newDisk(t, named("dir/file")), "dir") }

func (c contract) readNotThere(t *testing.T) { wantNotFound(t, c.gone(t), "file") }

func (c contract) readCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.newDisk(t, named("a")).Read(ctx, "a", 100); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func (c contract) cost(t *testing.T) {
	cost, err := c.newDisk(t, named("a", "b/c")).List(context.Background(), storage.Listing{}, func([]storage.Entry) error { return nil })
	if err != nil || cost.Requests < 1 || cost.Objects != 2 || cost.Elapsed <= 0 {
		t.Errorf("got %+v, error %v; want at least one request, 2 objects, some time", cost, err)
	}
}
