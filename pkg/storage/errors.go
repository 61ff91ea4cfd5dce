package storage

import "errors"

// The errors that a caller may branch on; every other one is a fault of the
// network or the storage. Test with errors.Is.
var (
	ErrNotFound     = errors.New("not found")
	ErrAccessDenied = errors.New("access denied")
	ErrSlowDown     = errors.New("the storage asks to slow down")
	ErrTooLarge     = errors.New("too large")
	ErrIncomplete   = errors.New("the listing is incomplete")
	ErrEscapes      = errors.New("a symbolic link leads out of the disk")
	ErrTimeout      = errors.New("no answer in time")
)
