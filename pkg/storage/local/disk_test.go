package local_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/local"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

func TestProviderHasOneDiskNamedAsConfigured(t *testing.T) {
	for _, path := range []string{"tree", "/mnt/backup", "./a/../tree/"} {
		provider, err := local.New(local.Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		names, err := provider.Disks(context.Background())
		if err != nil || !slices.Equal(names, []string{path}) || provider.Disk(path).Name() != path {
			t.Errorf("got %q, %v; want just %q", names, err, path)
		}
	}
}

func TestNewNeedsAPath(t *testing.T) {
	if _, err := local.New(local.Config{}); err == nil {
		t.Error("got no error for an empty path")
	}
}

func TestAForeignFolderIsNotFound(t *testing.T) {
	provider, err := local.New(local.Config{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = provider.Disk(t.TempDir()).List(context.Background(), storage.Listing{}, ignore)
	if !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("got %v, want storage.ErrNotFound", err)
	}
}

func ignore([]storage.Entry) error { return nil }

// tree lays files, given as "path" or "link -> target", and returns its root.
func tree(t *testing.T, files ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, file := range files {
		link, target, isLink := strings.Cut(file, " -> ")
		if !isLink {
			lay(t, root, storagetest.File{Key: file, Content: file})
			continue
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, link)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func list(t *testing.T, disk storage.Disk) ([]string, storage.Cost) {
	t.Helper()
	var keys []string
	cost, err := disk.List(context.Background(), storage.Listing{}, func(page []storage.Entry) error {
		keys = append(keys, storagetest.Keys(page)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys, cost
}

func TestListIsInByteOrder(t *testing.T) {
	keys := []string{"a-b", "a/b", "a/c-", "a/c.d/x", "a/c/d", "a0", "b"}
	got, _ := list(t, diskAt(t, tree(t, keys...)))
	if diff := cmp.Diff(keys, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestSymbolicLinks(t *testing.T) {
	outside := tree(t, "secret", "folder/secret")
	root := tree(t, "real/file", "real/file.stat", "near -> real/file", "deep/far -> ../real/file",
		"linked.stat -> real/file.stat", "linked -> real/file", "folder -> real", "dangling -> nothing",
		"loop -> loop", "absolute -> "+filepath.Join(outside, "secret"), "out -> ../"+filepath.Base(outside)+"/secret",
		"outfolder -> "+filepath.Join(outside, "folder"), "through -> real/file/below")
	keys, cost := list(t, diskAt(t, root))
	want := []string{"deep/far", "linked+", "near", "real/file+"}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	reasons := map[string]string{}
	for _, problem := range cost.Skipped.First {
		reasons[problem.Key] = problem.Err.Error()
	}
	dangling, escapes := "a symbolic link leads nowhere", storage.ErrEscapes.Error()
	wantReasons := map[string]string{
		"folder": "a symbolic link to a folder is not followed", "dangling": dangling, "loop": dangling, "through": dangling,
		"absolute": escapes, "out": escapes, "outfolder": escapes,
	}
	if diff := cmp.Diff(wantReasons, reasons); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
}

func TestReadThroughSymbolicLinks(t *testing.T) {
	outside := tree(t, "secret")
	disk := diskAt(t, tree(t, "real/file", "deep/far -> ../real/file", "out -> "+outside+"/secret", "folder -> "+outside))
	if object, err := disk.Read(context.Background(), "deep/far", 100); err != nil || string(object.Data) != "real/file" {
		t.Errorf("inside: got %q, %v", object.Data, err)
	}
	for _, key := range []string{"out", "folder/secret"} {
		if _, err := disk.Read(context.Background(), key, 100); !errors.Is(err, storage.ErrEscapes) {
			t.Errorf("%q: got %v, want storage.ErrEscapes", key, err)
		}
	}
}

func TestReadRefusesWhatIsNoKey(t *testing.T) {
	disk := diskAt(t, tree(t, "a/file"))
	for _, key := range []string{".", "..", "/a/file", "a//file", "a/../a/file", "./a/file", "a/file/", "../x"} {
		if _, err := disk.Read(context.Background(), key, 100); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("%q: got %v, want storage.ErrNotFound", key, err)
		}
	}
}

func TestOtherKindsOfFilesAreIgnored(t *testing.T) {
	root := tree(t, "file")
	if err := syscall.Mkfifo(filepath.Join(root, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("unix", filepath.Join(root, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	disk := diskAt(t, root)
	if keys, _ := list(t, disk); !slices.Equal(keys, []string{"file"}) {
		t.Errorf("got %q, want only the file", keys)
	}
	if _, err := disk.Read(context.Background(), "pipe", 100); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("read a pipe: got %v, want storage.ErrNotFound", err)
	}
}

func TestNamesOfAnyBytes(t *testing.T) {
	keys := []string{"\x01", "bad\xff\xfe", "d\xff/x"}
	disk := diskAt(t, tree(t, keys...))
	if got, _ := list(t, disk); !slices.Equal(got, keys) {
		t.Errorf("got %q, want %q", got, keys)
	}
	for _, key := range keys {
		if object, err := disk.Read(context.Background(), key, 100); err != nil || string(object.Data) != key {
			t.Errorf("read %q: %q, %v", key, object.Data, err)
		}
	}
}

func TestEmptyFolders(t *testing.T) {
	keys, _ := list(t, diskAt(t, tree(t, "a/empty/", "b/stat/x.stat", "c/file")))
	if want := []string{"a/empty/", "b/stat/x.stat?", "c/file"}; !slices.Equal(keys, want) {
		t.Errorf("got %q, want %q", keys, want)
	}
}

func TestAFileIsNoDisk(t *testing.T) {
	disk := diskAt(t, filepath.Join(tree(t, "file"), "file"))
	_, err := disk.List(context.Background(), storage.Listing{}, ignore)
	if err == nil || !strings.Contains(err.Error(), "not a folder but a file") {
		t.Errorf("got %v", err)
	}
}

// A directory with more entries than fit a batch is streamed: pairs may be torn
// apart, and are found nevertheless.
func TestHugeDirectory(t *testing.T) {
	var files, want []string
	for i := range 5_000 {
		name := fmt.Sprintf("d/%05d", i)
		files = append(files, name)
		switch i % 100 {
		case 0:
			files = append(files, name+".stat")
			want = append(want, name+"+")
		default:
			want = append(want, name)
		}
	}
	keys, cost := list(t, diskAt(t, tree(t, append(files, "d/lost.stat", "d/sub/x")...)))
	slices.Sort(keys)
	if diff := cmp.Diff(append(want, "d/lost.stat?", "d/sub/x"), keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if cost.Requests != 3 {
		t.Errorf("%d directories read, want 3", cost.Requests)
	}
}

func TestWhatVanishesDuringTheWalkIsLeftOut(t *testing.T) {
	var files []string
	for i := range 1_500 { // the first page is passed on in the middle of a
		files = append(files, fmt.Sprintf("a/%05d", i))
	}
	root := tree(t, append(files, "b/file", "c")...)
	first := true
	seen := map[string]bool{}
	_, err := diskAt(t, root).List(context.Background(), storage.Listing{}, func(page []storage.Entry) error {
		for _, entry := range page {
			seen[entry.Key] = true
		}
		if first {
			first = false
			return errors.Join(os.RemoveAll(filepath.Join(root, "b")), os.Remove(filepath.Join(root, "a", "01400")))
		}
		return nil
	})
	if err != nil || seen["b/file"] || seen["a/01400"] || !seen["c"] || !seen["a/01499"] {
		t.Errorf("got %d keys, error %v; want all but b/file and a/01400", len(seen), err)
	}
}

func TestADiskThatVanishesDuringTheWalkIsIncomplete(t *testing.T) {
	root := filepath.Join(tree(t, "disk/a", "disk/b/c"), "disk")
	_, err := diskAt(t, root).List(context.Background(), storage.Listing{}, func([]storage.Entry) error {
		return os.RemoveAll(root)
	})
	if !errors.Is(err, storage.ErrIncomplete) {
		t.Errorf("got %v, want storage.ErrIncomplete", err)
	}
}
