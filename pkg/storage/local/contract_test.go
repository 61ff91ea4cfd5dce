package local_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/local"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

func TestContract(t *testing.T) {
	storagetest.Contract(t, diskWith,
		func(t *testing.T) storage.Disk { return diskAt(t, filepath.Join(t.TempDir(), "nothing")) })
}

func diskAt(t *testing.T, path string) storage.Disk {
	t.Helper()
	provider, err := local.New(local.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	return provider.Disk(path)
}

func diskWith(t *testing.T, files []storagetest.File) storage.Disk {
	t.Helper()
	root := t.TempDir()
	for _, file := range files {
		lay(t, root, file)
	}
	return diskAt(t, root)
}

func lay(t *testing.T, root string, file storagetest.File) {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(file.Key))
	folder := filepath.Dir(path)
	if strings.HasSuffix(file.Key, "/") {
		folder = path
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if folder == path {
		return
	}
	if err := os.WriteFile(path, []byte(file.Content), 0o644); err != nil {
		t.Fatal(err)
	}
	if !file.ModifiedAt.IsZero() {
		if err := os.Chtimes(path, file.ModifiedAt, file.ModifiedAt); err != nil {
			t.Fatal(err)
		}
	}
}
