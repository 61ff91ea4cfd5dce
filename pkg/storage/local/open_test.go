package local_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

func TestOpenContract(t *testing.T) {
	storagetest.OpenContract(t,
		func(t *testing.T, files []storagetest.File) storagetest.Ground {
			root := t.TempDir()
			clock := time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)
			put := func(file storagetest.File) {
				if clock = clock.Add(time.Nanosecond); file.ModifiedAt.IsZero() {
					file.ModifiedAt = clock
				}
				lay(t, root, file)
			}
			for _, file := range files {
				put(file)
			}
			return storagetest.Ground{Disk: diskAt(t, root), Lay: put}
		},
		func(t *testing.T) storage.Disk { return diskAt(t, filepath.Join(t.TempDir(), "nothing")) })
}

// openOnly opens a file and closes it.
func openOnly(disk storage.Disk, key string) error {
	content, err := disk.(storage.Opener).Open(context.Background(), key, storage.Part{})
	if err == nil {
		content.Close()
	}
	return err
}

func TestOpenStaysInTheFolder(t *testing.T) {
	outside := tree(t, "secret")
	disk := diskAt(t, tree(t, "real/file", "deep/far -> ../real/file", "out -> "+outside+"/secret", "folder -> "+outside, "up -> ..", "loop -> loop"))
	if data, _ := storagetest.Open(t, disk, "deep/far", storage.Part{}); data != "real/file" {
		t.Errorf("inside: got %q", data)
	}
	for key, want := range map[string]error{
		"out": storage.ErrEscapes, "folder/secret": storage.ErrEscapes, "up/" + filepath.Base(outside) + "/secret": storage.ErrEscapes,
		"../" + filepath.Base(outside) + "/secret": storage.ErrNotFound, "real/../../x": storage.ErrNotFound, outside + "/secret": storage.ErrNotFound,
		"/real/file": storage.ErrNotFound, "real//file": storage.ErrNotFound, "real/file/": storage.ErrNotFound, ".": storage.ErrNotFound,
	} {
		if err := openOnly(disk, key); !errors.Is(err, want) {
			t.Errorf("open %q: got %v, want %v", key, err, want)
		}
		if _, err := disk.(storage.Opener).Stat(context.Background(), key); !errors.Is(err, want) {
			t.Errorf("stat %q: got %v, want %v", key, err, want)
		}
	}
	if err := openOnly(disk, "loop"); err == nil {
		t.Error("a link to itself is opened")
	}
}

func TestOpenOnlyRegularFiles(t *testing.T) {
	root := tree(t, "file")
	must(t, syscall.Mkfifo(filepath.Join(root, "pipe"), 0o644))
	if err := openOnly(diskAt(t, root), "pipe"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("got %v, want storage.ErrNotFound", err)
	}
}

func TestOpenNamesOfAnyBytes(t *testing.T) {
	keys := []string{"\x01", "bad\xff\xfe", "d\xff/x"}
	disk := diskAt(t, tree(t, keys...))
	for _, key := range keys {
		if data, _ := storagetest.Open(t, disk, key, storage.Part{}); data != key {
			t.Errorf("%q: got %q", key, data)
		}
	}
}

func TestOpenWithoutTheRight(t *testing.T) {
	root := tree(t, "a/file")
	must(t, os.Chmod(filepath.Join(root, "a/file"), 0))
	disk := diskAt(t, root)
	asNobody(t, root)
	if err := openOnly(disk, "a/file"); !errors.Is(err, storage.ErrAccessDenied) {
		t.Errorf("got %v, want storage.ErrAccessDenied", err)
	}
}

// A backup that is written while it is read must not come as a mixture, nor short.
func TestAFileThatChangesWhileItIsRead(t *testing.T) {
	const size = 1 << 20
	for name, change := range map[string]func(path string) error{
		"it grows":   func(path string) error { return os.Truncate(path, size+1) },
		"it shrinks": func(path string) error { return os.Truncate(path, size/2) },
		"it is written over": func(path string) error {
			file, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = file.WriteAt([]byte("new"), size-3)
			return errors.Join(err, file.Close())
		},
		"it is written over, and its time set back": func(path string) error {
			old := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			return errors.Join(os.WriteFile(path, []byte(strings.Repeat("y", size)), 0), os.Chtimes(path, old, old))
		},
	} {
		t.Run(name, func(t *testing.T) {
			old := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			root := t.TempDir()
			lay(t, root, storagetest.File{Key: "x", Content: strings.Repeat("x", size), ModifiedAt: old})
			waitForTick(t, root)
			content, err := diskAt(t, root).(storage.Opener).Open(context.Background(), "x", storage.Part{})
			if err != nil {
				t.Fatal(err)
			}
			defer content.Close()
			if _, err := io.ReadFull(content, make([]byte, 1000)); err != nil {
				t.Fatal(err)
			}
			must(t, change(filepath.Join(root, "x")))
			rest, err := io.ReadAll(content)
			if !errors.Is(err, storage.ErrChanged) || len(rest) > 0 {
				t.Errorf("got %d bytes more, %v; want none and storage.ErrChanged", len(rest), err)
			}
		})
	}
}

// waitForTick waits until the file system's clock has moved on: it stands still for
// some milliseconds, in which two changes have the same time.
func waitForTick(t *testing.T, root string) {
	t.Helper()
	stamp := func() time.Time {
		path := filepath.Join(root, ".clock")
		must(t, os.WriteFile(path, nil, 0o600))
		must(t, os.Chmod(path, 0o600))
		info, err := os.Stat(path)
		must(t, err)
		return info.ModTime()
	}
	for before := stamp(); stamp().Equal(before); {
	}
}

// What was opened stays readable when another file takes its name.
func TestAFileThatIsReplacedWhileItIsRead(t *testing.T) {
	root := tree(t, "x", "new")
	content, err := diskAt(t, root).(storage.Opener).Open(context.Background(), "x", storage.Part{})
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	must(t, os.Rename(filepath.Join(root, "new"), filepath.Join(root, "x")))
	// The old file's inode has lost its name, which is a change of its own: what
	// counts is that nothing of the new one comes.
	if data, err := io.ReadAll(content); string(data) != "x" && !errors.Is(err, storage.ErrChanged) {
		t.Errorf("got %q, %v", data, err)
	}
}
