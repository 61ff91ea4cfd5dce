package backup

import "time"

// File is one backup file as a disk shows it.
type File struct {
	Key        string    // path below the disk's root, separated by '/', without a leading one
	Size       int64     // bytes
	ModifiedAt time.Time // the storage's time of last modification
	ETag       string    // the storage's version mark, empty where there is none (local disks)
	Stat       Stat      // what the file's .stat file says; zero without one, or before it was read
	StatRef    StatRef   // where its .stat file is
}

// StatRef points to the ".stat" file beside a file, and tells its versions apart.
type StatRef struct {
	Found      bool   // there is one
	ETag       string // version mark; on local disks made of size and time
	Size       int64  // bytes
	ModifiedAt time.Time
}

// Stat is what a ".stat" file beside a backup says of its making. A zero time
// means that the file does not say.
type Stat struct {
	BornAt     time.Time // the backup was begun
	ModifiedAt time.Time // the backup was finished
	ArchivedAt time.Time // the backup was moved to where it lies
}

// BornAt is when the backup was begun: from .stat, else the modification time.
func (f File) BornAt() time.Time { return either(f.Stat.BornAt, f.ModifiedAt) }

// FinishedAt is when the backup was finished: modified_at from .stat, else the
// modification time. Upstream calls it modified_at.
func (f File) FinishedAt() time.Time { return either(f.Stat.ModifiedAt, f.ModifiedAt) }

// ArchivedAt is when the backup was stored: from .stat, else the modification time.
func (f File) ArchivedAt() time.Time { return either(f.Stat.ArchivedAt, f.ModifiedAt) }

// Duration is how long the making took. It is zero without a .stat file, and
// negative when the .stat file contradicts itself.
func (f File) Duration() time.Duration { return f.FinishedAt().Sub(f.BornAt()) }

func either(first, second time.Time) time.Time {
	if first.IsZero() {
		return second
	}
	return first
}
