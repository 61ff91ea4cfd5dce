package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Opener is a disk whose files can be read as streams, however large they are. It
// is apart from Disk so that only who hands out files asks for it.
type Opener interface {
	// Stat tells of a file without reading it. An absent one is ErrNotFound.
	Stat(ctx context.Context, key string) (Info, error)
	// Open begins to read a file or a part of it, by one request. An absent one is
	// ErrNotFound, one that is not the version asked for ErrChanged, a part that
	// begins beyond its end ErrRange, one in an archive ErrArchived. The context
	// governs the reading too. The content must be closed.
	Open(ctx context.Context, key string, part Part) (*Content, error)
}

// Info is a file as it is at the moment.
type Info struct {
	Size       int64 // bytes
	ModifiedAt time.Time
	// ETag marks this version of the file, without quotes, and is never empty: where
	// the storage has no such mark it is made from size and times. It is not that of
	// Entry on local disks, which is empty.
	ETag string
}

// Part is which bytes of a file to read. The zero value is all of them.
type Part struct {
	Offset int64  // of the first byte
	Length int64  // at most so many bytes; 0: to the end
	ETag   string // only of the version that Info gave this mark; empty: of any
}

// Whole reports whether the part is all of a file.
func (p Part) Whole() bool { return p.Offset == 0 && p.Length == 0 }

// Of returns the part's length in a file of that size, or ErrRange.
func (p Part) Of(size int64) (length int64, err error) {
	left := size - p.Offset
	switch {
	case p.Offset < 0 || p.Length < 0:
		return 0, fmt.Errorf("%w: it is negative", ErrRange)
	case p.Whole():
		return size, nil
	case left <= 0:
		return 0, fmt.Errorf("%w: %d of %d bytes", ErrRange, p.Offset, size)
	case p.Length == 0 || p.Length > left:
		return left, nil
	}
	return p.Length, nil
}

// Content is a file, or a part of one, while it is read. It may be used by one
// goroutine at a time.
type Content struct {
	Info         // of the whole file
	Length int64 // of the part, in bytes

	body io.ReadCloser
	left int64
}

// NewContent returns the content that the body gives: Length bytes of it, or an
// error.
func NewContent(info Info, length int64, body io.ReadCloser) *Content {
	return &Content{Info: info, Length: length, body: body, left: length}
}

// Read reads on. It returns io.EOF after Length bytes and never before: a body
// that ends too early, for whatever reason, is an error, as a rule ErrCut.
func (c *Content) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, io.EOF
	}
	n, err := c.body.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	switch {
	case errors.Is(err, io.EOF) && c.left > 0:
		return n, fmt.Errorf("%w: %d of %d bytes are missing", ErrCut, c.left, c.Length)
	case errors.Is(err, io.EOF):
		return n, nil // the next call tells
	}
	return n, err
}

// Close ends the reading.
func (c *Content) Close() error { return c.body.Close() }

// Presigner is a disk that can lend the right to fetch one file.
type Presigner interface {
	// Presign returns a URL by which everyone who has it can fetch the file, by GET.
	// It makes no request: whether the file is there shows in its use. Disks without
	// such URLs return ErrNoPresign. The URL is a secret: it belongs into no log and
	// no event.
	Presign(ctx context.Context, key string, loan Loan) (string, error)
}

// Loan says how a file may be fetched by a presigned URL.
type Loan struct {
	// Expiry is how long the URL is good, at most 7 days. It ends sooner where the
	// credentials that signed it do.
	Expiry time.Duration
	// Disposition and Type are the Content-Disposition and Content-Type of the
	// answer; empty: as the file was stored.
	Disposition, Type string
}
