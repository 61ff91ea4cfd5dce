package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/backmon/backmon/pkg/storage"
)

var (
	errLink       = errors.New("it is a symbolic link now")
	errNotRegular = errors.New("it is no regular file now")
	errMoved      = errors.New("a folder on the way to it was replaced")
)

var _ storage.Deleter = (*Disk)(nil)

// Delete deletes files one after the other. Each is looked at (regular file, size,
// time to the nanosecond) in its opened folder by the system call before the one
// that removes it: file systems have no conditional delete, and a file that is
// replaced just between the two, some microseconds, is lost. Symbolic links are
// neither removed nor followed, and emptied folders stay. Victim.ETag doesn't
// count, since folders have none.
func (d *Disk) Delete(ctx context.Context, victims []storage.Victim) ([]storage.Deletion, error) {
	deletions := storage.NewDeletions(victims)
	if err := d.deleteAll(ctx, deletions); err != nil {
		storage.NotTried(deletions, err)
		return deletions, fmt.Errorf("delete from folder %q: %w", d.path, err)
	}
	return deletions, nil
}

func (d *Disk) deleteAll(ctx context.Context, deletions []storage.Deletion) error {
	root, err := d.open()
	if err != nil {
		return err
	}
	defer root.Close()
	for i := range deletions {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if deletions[i].Verdict == storage.Strange {
			continue
		}
		erase(root, &deletions[i])
		if errors.Is(deletions[i].Err, storage.ErrAccessDenied) {
			return storage.ErrAccessDenied
		}
	}
	return nil
}

// erase deletes one file and then its .stat file.
func erase(root *os.Root, d *storage.Deletion) {
	folder, name, err := enter(root, d.Key)
	if err != nil {
		d.Verdict, d.Err = refused(err)
		return
	}
	defer folder.Close()
	stat := statOf(folder, name)
	d.Verdict, d.Err = refused(remove(folder, name, func(info fs.FileInfo) error { return difference(&d.Victim, info) }))
	if d.Verdict == storage.Deleted || d.Verdict == storage.Absent && d.HasStat {
		d.StatDeleted, d.Err = stat.remove(folder)
	}
}

// refused turns the end of a removal into a verdict.
func refused(err error) (storage.Verdict, error) {
	switch err = told(err); {
	case err == nil:
		return storage.Deleted, nil
	case errors.Is(err, storage.ErrNotFound):
		return storage.Absent, nil
	case errors.Is(err, storage.ErrAccessDenied):
		return storage.Denied, err
	case errors.Is(err, errChanged), errors.Is(err, storage.ErrEscapes):
		return storage.Changed, err
	}
	return storage.Failed, err
}

// enter opens the folder that holds the file. Folders on the way are opened one by
// one: a link in the place of one of them could lead to another file of the disk.
func enter(root *os.Root, key string) (*os.Root, string, error) {
	folder, err := root.OpenRoot(".")
	parts := strings.Split(key, "/")
	for _, part := range parts[:len(parts)-1] {
		if err != nil {
			return nil, "", err
		}
		var next *os.Root
		next, err = step(folder, part)
		folder.Close()
		folder = next
	}
	return folder, parts[len(parts)-1], err
}

// step opens a folder in a folder, which must be no link to one.
func step(folder *os.Root, name string) (*os.Root, error) {
	before, err := folder.Lstat(name)
	if err != nil {
		return nil, err
	}
	switch {
	case before.Mode()&fs.ModeSymlink != 0:
		return nil, changed(errMoved)
	case !before.IsDir():
		return nil, fs.ErrNotExist
	}
	next, err := folder.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	if after, err := next.Stat("."); err != nil || !os.SameFile(before, after) {
		next.Close()
		return nil, changed(errMoved)
	}
	return next, nil
}

// errChanged is a refusal.
var errChanged = errors.New("changed")

func changed(why error) error { return fmt.Errorf("%w: %w", errChanged, why) }

// remove removes a file by the next system call after the look at it.
func remove(folder *os.Root, name string, check func(fs.FileInfo) error) error {
	info, err := folder.Lstat(name)
	if err != nil {
		return err
	}
	if err := check(info); err != nil {
		return changed(err)
	}
	return folder.Remove(name)
}

// difference says in what the file isn't the victim.
func difference(victim *storage.Victim, info fs.FileInfo) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return errLink
	case !info.Mode().IsRegular():
		return errNotRegular
	case info.Size() != victim.Size:
		return fmt.Errorf("the size is %d bytes, not %d", info.Size(), victim.Size)
	case !info.ModTime().Equal(victim.ModifiedAt):
		return fmt.Errorf("it is of %v, not of %v", info.ModTime().UTC(), victim.ModifiedAt.UTC())
	}
	return nil
}

// statFile is a .stat file as it was before its file was deleted.
type statFile struct {
	name string
	info fs.FileInfo
	err  error
}

func statOf(folder *os.Root, name string) statFile {
	name += storage.StatSuffix
	info, err := folder.Lstat(name)
	return statFile{name: name, info: info, err: err}
}

// remove deletes the .stat file if it is still the same. The error says why it
// stayed.
func (s statFile) remove(folder *os.Root) (bool, error) {
	if errors.Is(s.err, fs.ErrNotExist) || errors.Is(s.err, syscall.ENAMETOOLONG) {
		return false, nil
	}
	err := s.err
	if err == nil {
		err = remove(folder, s.name, s.difference)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("its %s file stayed: %w", storage.StatSuffix, told(err))
	}
	return true, nil
}

func (s statFile) difference(now fs.FileInfo) error {
	if !os.SameFile(s.info, now) {
		return errors.New("another one took its place")
	}
	return difference(&storage.Victim{Size: s.info.Size(), ModifiedAt: s.info.ModTime()}, now)
}
