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
	// List passes every file in the range to visit, page by page, in the order
	// of Listing.Ordered. Entries are valid only during the call to visit. It
	// returns nil only when the range was listed to its end: whatever else
	// happens, a cut or strange answer, a time-out, is an error, and what was
	// visited until then is not the whole.
	List(ctx context.Context, listing Listing, visit func(page []Entry) error) (Cost, error)
	// Read returns a small file. An absent one is ErrNotFound, one larger than
	// limit bytes ErrTooLarge.
	Read(ctx context.Context, key string, limit int64) (Object, error)
}

// Listing is what to list. The zero value is the whole disk.
type Listing struct {
	Prefix string // only keys that begin so
	After  string // only keys greater than this, in byte order
	Until  string // only keys up to and including this; empty: to the end
}

// Entry is one file of a listing. Directory markers (keys that end in "/") come
// with Size 0, so that empty folders can be known; ".stat" files don't come as
// entries of their own unless the file that they belong to is missing, and then
// with Orphan set.
type Entry struct {
	Key        string
	Size       int64 // bytes
	ModifiedAt time.Time
	ETag       string // without quotes; empty on local disks
	Stat       StatRef
	Orphan     bool // a ".stat" file without its file: neither counted nor matched
}

// StatRef points to the ".stat" file beside a file.
type StatRef struct {
	Found      bool
	ETag       string // version mark of the .stat file; on local disks made of size and time
	Size       int64
	ModifiedAt time.Time
}

// Object is a small file with its content.
type Object struct {
	Data       []byte
	ETag       string
	ModifiedAt time.Time
}

// Cost is what a listing took.
type Cost struct {
	Requests int           // calls to the storage's interface; directories read on local disks
	Objects  int64         // entries seen
	Elapsed  time.Duration // wall clock
}
