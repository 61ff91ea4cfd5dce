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
	ErrChanged      = errors.New("the file is another one now")
	ErrRange        = errors.New("the range begins beyond the end of the file")
	ErrCut          = errors.New("the file broke off before its end")
	ErrArchived     = errors.New("the file is archived: the storage has to restore it before it can be read")
	ErrNoPresign    = errors.New("this storage has no presigned URLs")
)
