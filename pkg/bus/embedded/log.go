package embedded

import (
	"fmt"
	"strings"
)

// log hands the server's complaints to the program. The server's own logger
// would end the process at a fatal one.
type log struct {
	onError func(error)
	fatal   chan error
}

func newLog(onError func(error)) *log {
	if onError == nil {
		onError = func(error) {}
	}
	return &log{onError: onError, fatal: make(chan error, 1)}
}

func (l *log) complain(format string, args []any) error {
	err := fmt.Errorf("nats-server: "+format, args...)
	l.onError(err)
	return err
}

// Fatalf keeps the first complaint for Start.
func (l *log) Fatalf(format string, args ...any) {
	select {
	case l.fatal <- l.complain(format, args):
	default:
	}
}

// Errorf passes on.
func (l *log) Errorf(format string, args ...any) { _ = l.complain(format, args) }

// Warnf passes on.
func (l *log) Warnf(format string, args ...any) {
	// The password is random and lies beside the store that it guards.
	if !strings.HasPrefix(format, "Plaintext passwords") {
		_ = l.complain(format, args)
	}
}

// Noticef drops.
func (l *log) Noticef(string, ...any) {}

// Debugf drops.
func (l *log) Debugf(string, ...any) {}

// Tracef drops.
func (l *log) Tracef(string, ...any) {}
