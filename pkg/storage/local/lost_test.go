package local

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/backmon/backmon/pkg/storage"
)

// TestFolderThatCantBeRead is told apart by its name: the tests may run as a user
// who can read everything.
func TestFolderThatCantBeRead(t *testing.T) {
	denied := &fs.PathError{Op: "open", Path: ".", Err: fs.ErrPermission}
	for _, c := range []struct {
		prefix  string
		err     error
		skipped int
		want    error
	}{
		{"lost+found/", denied, 1, nil},
		{"lost+found/", errors.New("input/output error"), 0, errors.New("any")},
		{"db/lost+found/", denied, 0, storage.ErrAccessDenied},
		{"db/", denied, 0, storage.ErrAccessDenied},
		{"", denied, 0, storage.ErrAccessDenied},
		{"db/", fs.ErrNotExist, 0, nil},
	} {
		t.Run(c.prefix, func(t *testing.T) {
			w := &walk{}
			err := w.lost(c.prefix, c.err)
			if (err == nil) != (c.want == nil) || errors.Is(c.want, storage.ErrAccessDenied) && !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if w.cost.Skipped.Total != c.skipped {
				t.Errorf("%d skipped, want %d", w.cost.Skipped.Total, c.skipped)
			}
		})
	}
}
