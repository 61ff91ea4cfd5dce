package purger

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/backmon/backmon/pkg/storage"
)

// memDisk is a disk in memory that keeps the storage's contract to the letter: it
// lists, reads, and deletes on condition. It calls step before everything it does.
type memDisk struct {
	step func(point string)
	// verdicts that a Delete gives in place of what it would do, by key.
	verdicts map[string]storage.Verdict
	until    time.Time // of the Held ones
	fails    error     // ends a Delete before the victim failsAt
	failsAt  int
	ghosts   bool // deletes are confirmed and nothing goes
	unlisted error
	gone     []memFile // deleted by Delete, in order
	judge    func(now map[string]memFile, victim memFile)
	deletes  int // calls of Delete with victims

	mu    sync.Mutex
	files map[string]memFile
	marks int
}

type memFile struct {
	key, etag, data string
	size            int64
	modified        time.Time
}

func newMemDisk() *memDisk {
	return &memDisk{step: func(string) {}, verdicts: map[string]storage.Verdict{}, files: map[string]memFile{}}
}

// Disks and Disk make it its own provider.
func (d *memDisk) Disks(context.Context) ([]string, error) { return []string{d.Name()}, nil }
func (d *memDisk) Disk(string) storage.Disk                { return d }
func (d *memDisk) Name() string                            { return "disk" }

// put lays a file, in place of one that has its name.
func (d *memDisk) put(key string, size int64, modified time.Time, data string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.marks++
	d.files[key] = memFile{key: key, etag: fmt.Sprint("e", d.marks), data: data, size: size, modified: modified}
}

func (d *memDisk) remove(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.files, key)
}

func (d *memDisk) all() map[string]memFile {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.files)
}

func (d *memDisk) keys() []string { return slices.Sorted(maps.Keys(d.all())) }

func (d *memDisk) List(ctx context.Context, listing storage.Listing, visit func([]storage.Entry) error) (storage.Cost, error) {
	d.step("list")
	if d.unlisted != nil {
		return storage.Cost{}, d.unlisted
	}
	if err := ctx.Err(); err != nil {
		return storage.Cost{}, err
	}
	files := d.all()
	var page []storage.Entry
	for _, key := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasPrefix(key, listing.Prefix) {
			continue
		}
		base, isStat := strings.CutSuffix(key, storage.StatSuffix)
		if _, owned := files[base]; isStat && owned {
			continue
		}
		f := files[key]
		entry := storage.Entry{Key: key, Size: f.size, ModifiedAt: f.modified, ETag: f.etag, Orphan: isStat}
		if stat, ok := files[key+storage.StatSuffix]; ok {
			entry.Stat = storage.StatRef{Found: true, ETag: stat.etag, Size: stat.size, ModifiedAt: stat.modified}
		}
		page = append(page, entry)
	}
	return storage.Cost{Requests: 1, Objects: int64(len(page))}, visit(page)
}

func (d *memDisk) Read(_ context.Context, key string, limit int64) (storage.Object, error) {
	if !strings.HasSuffix(key, storage.StatSuffix) { // those are read in goroutines of their own
		d.step("read " + key)
	}
	f, ok := d.all()[key]
	switch {
	case !ok:
		return storage.Object{}, storage.ErrNotFound
	case int64(len(f.data)) > limit:
		return storage.Object{}, storage.ErrTooLarge
	}
	return storage.Object{Data: []byte(f.data), ETag: f.etag, ModifiedAt: f.modified}, nil
}

func (d *memDisk) Delete(ctx context.Context, victims []storage.Victim) ([]storage.Deletion, error) {
	d.deletes++
	deletions := storage.NewDeletions(victims)
	for i := range deletions {
		err := context.Cause(ctx)
		if d.fails != nil && i == d.failsAt {
			err = d.fails
		}
		if err != nil {
			storage.NotTried(deletions, err)
			return deletions, err
		}
		if deletions[i].Verdict != storage.Strange {
			d.erase(&deletions[i])
		}
	}
	return deletions, nil
}

// erase has a moment before the file goes, and one between it and its .stat file.
func (d *memDisk) erase(x *storage.Deletion) {
	d.step("delete " + x.Key)
	x.Err = nil
	if v, ok := d.verdicts[x.Key]; ok {
		x.Verdict, x.Until, x.Err = v, d.until, fmt.Errorf("it is %s", v)
		return
	}
	d.mu.Lock()
	f, ok := d.files[x.Key]
	switch {
	case !ok:
		x.Verdict = storage.Absent
	case f.size != x.Size || f.etag != x.ETag || !f.modified.Equal(x.ModifiedAt):
		x.Verdict, x.Err = storage.Changed, fmt.Errorf("it is another one")
	default:
		x.Verdict = storage.Deleted
		if d.judge != nil {
			d.judge(d.files, f)
		}
		if !d.ghosts {
			delete(d.files, x.Key)
			d.gone = append(d.gone, f)
		}
	}
	d.mu.Unlock()
	if x.Verdict == storage.Deleted || x.Verdict == storage.Absent && x.HasStat {
		d.step("delete stat of " + x.Key)
		x.StatDeleted = d.eraseStat(x.Key)
	}
}

// eraseStat leaves the .stat file of a new file of the old name alone.
func (d *memDisk) eraseStat(key string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, back := d.files[key]
	_, ok := d.files[key+storage.StatSuffix]
	if back || !ok || d.ghosts {
		return false
	}
	delete(d.files, key+storage.StatSuffix)
	return true
}

// bare has a disk's methods and no others.
type bare = storage.Disk

// readOnly is a disk that can't delete.
type readOnly struct{ bare }

// Disks and Disk make it its own provider.
func (p readOnly) Disks(context.Context) ([]string, error) { return nil, nil }
func (p readOnly) Disk(string) storage.Disk                { return p }

// cutStat tells a .stat file and what it belongs to.
func cutStat(key string) (base string, isStat bool) {
	return strings.CutSuffix(key, storage.StatSuffix)
}
