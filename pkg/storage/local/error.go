package local

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/backmon/backmon/pkg/storage"
)

// told turns an error of the file system into one that callers may branch on,
// without the name of the system call.
func told(err error) error {
	cause := err
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		cause = pathError.Err
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(cause, fs.ErrNotExist), errors.Is(cause, syscall.ENOTDIR):
		return storage.ErrNotFound
	case errors.Is(cause, fs.ErrPermission):
		return storage.ErrAccessDenied
	case isEscape(cause):
		return storage.ErrEscapes
	}
	return fmt.Errorf("%w", cause)
}

// isEscape knows os.Root's error by its text, for want of anything better: the
// standard library doesn't export it.
func isEscape(err error) bool { return err.Error() == "path escapes from parent" }
