// Package storage says what backmon needs of a place where backups lie: disks
// can be found, listed page by page and read in small pieces. The sub-packages
// s3 and local fulfil it, storagetest holds the contract that both must pass.
//
// Listings are streams: no function here holds a disk's objects in memory. The
// package is not for writing backups, and it knows nothing of definitions,
// series or statuses.
package storage

import (
	"context"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// Names that have a meaning in the root of every disk.
const (
	IgnoreFile = ".backmonignore" // a disk that holds it is left alone
	StatSuffix = ".stat"          // file.stat tells the times of file
)

// Provider is one environment: an account of buckets, or a local folder.
type Provider interface {
	// Disks lists the names of all disks that can be seen, sorted.
	Disks(ctx context.Context) ([]string, error)
	// Disk returns the disk of that name. It makes no request: whether the disk
	// exists shows in the first use.
	Disk(name string) Disk
}

// Disk is one bucket or one local folder. Its methods may be used concurrently.
type Disk interface {
	// Name is the disk's name in its environment.
	Name() string
	// List passes every file in the range to visit, page by page. No order is
	// promised. The slice is valid only during the call to visit, and its
	// strings share the memory of a whole page: clone what is kept. List returns
	// nil only when the range was listed to its end: whatever else happens, a cut
	// or strange answer, a time-out, is an error, and what was visited until then
	// is not the whole. An error of visit ends the listing and is returned,
	// wrapped. The Cost is right in every case.
	List(ctx context.Context, listing Listing, visit func(page []Entry) error) (Cost, error)
	// Read returns a small file. An absent one is ErrNotFound, one larger than
	// limit bytes ErrTooLarge.
	Read(ctx context.Context, key string, limit int64) (Object, error)
}

// Listing is what to list. The zero value is the whole disk. Ranges that adjoin
// give together exactly the entries of the whole: a file's .stat is found even
// when it lies beyond Until.
type Listing struct {
	Prefix string // only keys that begin so
	After  string // only keys greater than this, in byte order
	Until  string // only keys up to and including this; empty: to the end
}

// Entry is one file of a listing. Directory markers (keys that end in "/") come
// with Size 0, so that empty folders can be known; ".stat" files don't come as
// entries of their own unless the file that they belong to is missing, and then
// with Orphan set. A .stat file's own .stat file describes no backup: it comes as
// an orphan.
type Entry struct {
	Key        string
	Size       int64 // bytes
	ModifiedAt time.Time
	ETag       string // without quotes; empty on local disks
	Stat       StatRef
	Orphan     bool // a ".stat" file without its file: neither counted nor matched
}

// StatRef points to the ".stat" file beside a file.
type StatRef = backup.StatRef

// Object is a small file with its content.
type Object struct {
	Data       []byte
	ETag       string
	ModifiedAt time.Time
}

// Cost is what a listing took.
type Cost struct {
	Requests int           // calls to the storage's interface; directories read on local disks
	Objects  int64         // entries passed to visit
	Elapsed  time.Duration // wall clock
	Skipped  Problems      // what was left out and why: symbolic links that lead nowhere or out of the disk
}
