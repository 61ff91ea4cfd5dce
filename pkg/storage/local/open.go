package local

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/backmon/backmon/pkg/storage"
)

var (
	_ storage.Opener    = (*Disk)(nil)
	_ storage.Presigner = (*Disk)(nil)
)

// Stat tells of a file. What can be opened is as for Read.
func (d *Disk) Stat(ctx context.Context, key string) (storage.Info, error) {
	file, info, err := d.openFile(ctx, key)
	if err != nil {
		return storage.Info{}, fmt.Errorf("look at %q in folder %q: %w", key, d.path, err)
	}
	defer file.Close()
	return info, nil
}

// Open begins to read a file. A file that is written to while it is read ends in
// storage.ErrChanged: no two versions are ever mixed.
func (d *Disk) Open(ctx context.Context, key string, part storage.Part) (*storage.Content, error) {
	content, err := d.openPart(ctx, key, part)
	if err != nil {
		return nil, fmt.Errorf("open %q in folder %q: %w", key, d.path, err)
	}
	return content, nil
}

func (d *Disk) openPart(ctx context.Context, key string, part storage.Part) (*storage.Content, error) {
	file, info, err := d.openFile(ctx, key)
	if err != nil {
		return nil, err
	}
	length, err := part.Of(info.Size)
	if part.ETag != "" && part.ETag != info.ETag {
		err = storage.ErrChanged
	}
	if err == nil {
		_, err = file.Seek(part.Offset, io.SeekStart)
	}
	if err != nil {
		file.Close()
		return nil, told(err)
	}
	return storage.NewContent(info, length, &steady{ctx: ctx, File: file, etag: info.ETag}), nil
}

// Presign returns storage.ErrNoPresign: nobody else can reach the folder.
func (d *Disk) Presign(_ context.Context, key string, _ storage.Loan) (string, error) {
	return "", fmt.Errorf("presign %q in folder %q: %w", key, d.path, storage.ErrNoPresign)
}

func (d *Disk) openFile(ctx context.Context, key string) (*os.File, storage.Info, error) {
	file, err := d.openRegular(ctx, key)
	if err != nil {
		return nil, storage.Info{}, err
	}
	info, err := infoOf(file)
	if err != nil {
		file.Close()
		return nil, storage.Info{}, told(err)
	}
	return file, info, nil
}

// infoOf marks the version by the times of the last change to the content and to
// the inode: programs can set the first one back, the second one nobody can.
func infoOf(file *os.File) (storage.Info, error) {
	info, err := file.Stat()
	if err != nil {
		return storage.Info{}, err
	}
	changedAt, err := changedAt(file)
	if err != nil {
		return storage.Info{}, &fs.PathError{Op: "fstat", Path: file.Name(), Err: err}
	}
	modifiedAt := info.ModTime()
	return storage.Info{
		Size: info.Size(), ModifiedAt: modifiedAt, ETag: fmt.Sprintf("%x-%x-%x", info.Size(), modifiedAt.UnixNano(), changedAt),
	}, nil
}

// changedAt is the time of the inode's last change in nanoseconds.
func changedAt(file *os.File) (nanoseconds int64, err error) {
	connection, err := file.SyscallConn()
	if err != nil {
		return 0, err
	}
	var stat unix.Stat_t
	errControl := connection.Control(func(descriptor uintptr) { err = unix.Fstat(int(descriptor), &stat) })
	if errControl != nil {
		return 0, errControl
	}
	return stat.Ctim.Nano(), err
}

// steady is a file that must stay what it was when it was opened.
type steady struct {
	*os.File
	ctx  context.Context
	etag string
}

// Read gives nothing that was read after a change.
func (s *steady) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	n, err := s.File.Read(p)
	now, errInfo := infoOf(s.File)
	if errInfo != nil {
		return 0, told(errInfo)
	}
	if now.ETag != s.etag {
		return 0, fmt.Errorf("%w: it was written to while it was read", storage.ErrChanged)
	}
	return n, told(err)
}
