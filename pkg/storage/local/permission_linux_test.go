package local_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/backmon/backmon/pkg/storage"
)

// asNobody lets this test's thread reach files as a user without rights, so that
// the test says the same when root runs it.
func asNobody(t *testing.T, root string) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	for folder := root; folder != os.TempDir() && folder != "/"; folder = filepath.Dir(folder) {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	runtime.LockOSThread()
	if err := syscall.Setfsuid(65534); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Setfsuid(0)
		runtime.UnlockOSThread()
	})
}

func TestWhatMayNotBeReadIsAccessDenied(t *testing.T) {
	root := tree(t, "a/file", "locked/file")
	locked := filepath.Join(root, "locked")
	if err := errors.Join(os.Chmod(locked, 0), os.Chmod(filepath.Join(root, "a/file"), 0)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(locked, 0o755) })
	disk := diskAt(t, root)
	asNobody(t, root)

	_, err := disk.List(context.Background(), storage.Listing{}, ignore)
	if !errors.Is(err, storage.ErrAccessDenied) || !strings.Contains(err.Error(), `folder "locked": access denied`) {
		t.Errorf("list: got %v, want access denied to locked", err)
	}
	for _, key := range []string{"a/file", "locked/file"} {
		if _, err := disk.Read(context.Background(), key, 100); !errors.Is(err, storage.ErrAccessDenied) {
			t.Errorf("read %q: got %v, want storage.ErrAccessDenied", key, err)
		}
	}
}
