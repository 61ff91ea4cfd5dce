package local_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

func TestDeleteContract(t *testing.T) {
	storagetest.DeleteContract(t,
		func(t *testing.T, files []storagetest.File) storagetest.Ground {
			root := t.TempDir()
			clock := time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)
			put := func(file storagetest.File) {
				clock = clock.Add(time.Nanosecond) // the least change must be seen
				file.ModifiedAt = clock
				lay(t, root, file)
			}
			for _, file := range files {
				put(file)
			}
			return storagetest.Ground{Disk: diskAt(t, root), Lay: put}
		},
		func(t *testing.T) storage.Disk { return diskAt(t, filepath.Join(t.TempDir(), "nothing")) })
}

func deleteAll(t *testing.T, root string, victims []storage.Victim) []storage.Deletion {
	t.Helper()
	return storagetest.Delete(t, diskAt(t, root), victims)
}

func exists(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if _, err := os.Lstat(path); err != nil {
			t.Errorf("%v: it should still be there", err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestDeleteKeepsEmptiedFolders(t *testing.T) {
	root := tree(t, "a/b/x")
	storagetest.WantTold(t, deleteAll(t, root, storagetest.Victims(t, diskAt(t, root))), "a/b/x deleted")
	exists(t, filepath.Join(root, "a/b"))
}

func TestDeleteLeavesLinksAlone(t *testing.T) {
	root, outside := tree(t, "x", "target", "folder/y"), tree(t, "y")
	victims := storagetest.Victims(t, diskAt(t, root), "x", "folder/y")
	must(t, os.Remove(filepath.Join(root, "x")))
	must(t, os.Symlink("target", filepath.Join(root, "x")))
	must(t, os.Rename(filepath.Join(root, "folder"), filepath.Join(root, "moved")))
	must(t, os.Symlink("moved", filepath.Join(root, "folder")))
	storagetest.WantTold(t, deleteAll(t, root, victims), "x changed!", "folder/y changed!")

	must(t, os.Remove(filepath.Join(root, "folder")))
	must(t, os.Symlink(outside, filepath.Join(root, "folder")))
	storagetest.WantTold(t, deleteAll(t, root, victims[1:]), "folder/y changed!")
	exists(t, filepath.Join(root, "x"), filepath.Join(root, "target"), filepath.Join(root, "moved/y"), filepath.Join(outside, "y"))
}

// A link is listed as the file that it leads to, and so may come as a victim.
func TestDeleteNeverTakesALinkThatWasListed(t *testing.T) {
	root := tree(t, "target")
	must(t, os.Symlink("target", filepath.Join(root, "x")))
	storagetest.WantTold(t, deleteAll(t, root, storagetest.Victims(t, diskAt(t, root), "x")), "x changed!")
	exists(t, filepath.Join(root, "x"), filepath.Join(root, "target"))
}

func TestDeleteLeavesAStatThatIsALink(t *testing.T) {
	root := tree(t, "x", "target")
	must(t, os.Symlink("target", filepath.Join(root, "x.stat")))
	storagetest.WantTold(t, deleteAll(t, root, storagetest.Victims(t, diskAt(t, root), "x")), "x deleted!")
	exists(t, filepath.Join(root, "x.stat"), filepath.Join(root, "target"))
}

func TestDeleteOfOtherKindsIsChanged(t *testing.T) {
	root := tree(t, "x", "y/z")
	victim := storagetest.Victims(t, diskAt(t, root), "x")[0]
	must(t, os.Remove(filepath.Join(root, "x")))
	must(t, os.Mkdir(filepath.Join(root, "x"), 0o755))
	storagetest.WantTold(t, deleteAll(t, root, []storage.Victim{victim}), "x changed!")
	exists(t, filepath.Join(root, "x"))
}

func TestDeleteWhereAFileIsAFolderOnTheWay(t *testing.T) {
	root := tree(t, "a/x", "b")
	victims := storagetest.Victims(t, diskAt(t, root), "a/x")
	must(t, os.RemoveAll(filepath.Join(root, "a")))
	must(t, os.WriteFile(filepath.Join(root, "a"), nil, 0o600))
	storagetest.WantTold(t, deleteAll(t, root, victims), "a/x absent")
	exists(t, filepath.Join(root, "a"))
}

func TestDeleteOfTheLongestName(t *testing.T) {
	name := make([]byte, 255)
	for i := range name {
		name[i] = 'n'
	}
	root := tree(t, string(name))
	storagetest.WantTold(t, deleteAll(t, root, storagetest.Victims(t, diskAt(t, root))), string(name)+" deleted")
}

// untilAsked is a context that ends when it has been asked so often.
type untilAsked struct {
	context.Context
	left int
}

func (c *untilAsked) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestDeleteEndsInTheMiddleWithExactVerdicts(t *testing.T) {
	root := tree(t, "a", "a.stat", "b", "b.stat", "c")
	disk := diskAt(t, root)
	ctx := &untilAsked{Context: context.Background(), left: 1}
	deletions, err := disk.(storage.Deleter).Delete(ctx, storagetest.Victims(t, disk))
	if err == nil {
		t.Error("got no error, want one")
	}
	storagetest.WantTold(t, deletions, "a deleted+", "b failed!", "c failed!")
	storagetest.WantFiles(t, disk, "b+", "c")
}

func TestDeleteWithoutTheRightStopsAtTheFirst(t *testing.T) {
	root := tree(t, "a/x", "a/x.stat", "b/y")
	disk := diskAt(t, root)
	victims := storagetest.Victims(t, disk)
	folder := filepath.Join(root, "a")
	must(t, os.Chmod(folder, 0o555))
	t.Cleanup(func() { _ = os.Chmod(folder, 0o755) })
	asNobody(t, root)

	deletions, err := disk.(storage.Deleter).Delete(context.Background(), victims)
	if !errors.Is(err, storage.ErrAccessDenied) {
		t.Errorf("got %v, want storage.ErrAccessDenied", err)
	}
	storagetest.WantTold(t, deletions, "a/x denied!", "b/y failed!")
	if !errors.Is(deletions[1].Err, storage.ErrNotTried) {
		t.Errorf("got %v, want storage.ErrNotTried", deletions[1].Err)
	}
	storagetest.WantFiles(t, disk, "a/x+", "b/y")
}
