package download_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"

	"github.com/backmon/backmon/pkg/storage"
)

// fake is an environment with one disk of one file, which does what a test says.
type fake struct {
	storage.Provider
	storage.Disk

	mu      sync.Mutex
	info    storage.Info
	stat    error
	open    error
	opened  func(*fake) // called before each opening
	body    func(part storage.Part, length int64) io.ReadCloser
	presign error
}

func newFake(size int64) *fake {
	return &fake{
		info: storage.Info{Size: size, ModifiedAt: when, ETag: "one"}, presign: storage.ErrNoPresign,
		body: func(_ storage.Part, length int64) io.ReadCloser { return io.NopCloser(io.LimitReader(zeros{}, length)) },
	}
}

// zeros is an endless file.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func (f *fake) set(change func(*fake)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *fake) Disks(context.Context) ([]string, error) { return []string{"disk"}, nil }

func (f *fake) as() storage.Provider { return provider{f} }

// provider gives the fake as a disk: both have a method Disk.
type provider struct{ f *fake }

func (p provider) Disks(context.Context) ([]string, error) { return []string{"disk"}, nil }
func (p provider) Disk(string) storage.Disk                { return p.f }

// Stat tells of the file.
func (f *fake) Stat(context.Context, string) (storage.Info, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.info, f.stat
}

// Open opens the file.
func (f *fake) Open(_ context.Context, _ string, part storage.Part) (*storage.Content, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.opened != nil {
		f.opened(f)
	}
	if f.open != nil {
		return nil, f.open
	}
	if part.ETag != f.info.ETag {
		return nil, storage.ErrChanged
	}
	length, err := part.Of(f.info.Size)
	if err != nil {
		return nil, err
	}
	return storage.NewContent(f.info, length, f.body(part, length)), nil
}

// Presign lends nothing.
func (f *fake) Presign(context.Context, string, storage.Loan) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.presign != nil {
		return "", f.presign
	}
	return "https://storage.invalid/file?X-Amz-Signature=secret", nil
}

// fakeSite serves the fake's file.
func fakeSite(t testing.TB, f *fake, change func(*settings)) *site {
	t.Helper()
	return newSite(t, f.as(), "disk", "db/a/dump.gz", change)
}

var errOdd = errors.New("odd")
