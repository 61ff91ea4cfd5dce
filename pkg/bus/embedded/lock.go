package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockFile is locked as long as a server uses the store. NATS itself takes no
// lock: two servers on one store destroy it.
const lockFile = "lock"

func lockStore(dir string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock store: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return file, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("store %q is in use by another backmon process", dir)
	} else {
		err = fmt.Errorf("lock store %q: %w", dir, err)
	}
	return nil, errors.Join(err, file.Close())
}

// unlock frees the store; the kernel does it as well when the process dies.
func (s *Server) unlock() error {
	if s.lock == nil {
		return nil
	}
	lock := s.lock
	s.lock = nil
	return lock.Close()
}
