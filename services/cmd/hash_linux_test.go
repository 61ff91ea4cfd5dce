package cmd_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/sys/unix"

	"github.com/backmon/backmon/services/cmd"
)

// newTerminal returns both ends of a terminal: what a person types into and looks
// at, and what the program reads from.
func newTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = person.Close() })
	if err := unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	return person, program
}

// seen collects what the terminal shows.
func seen(person *os.File) func() string {
	var mu sync.Mutex
	var text strings.Builder
	go func() {
		for buffer := make([]byte, 256); ; {
			n, err := person.Read(buffer)
			if err != nil {
				return
			}
			mu.Lock()
			text.Write(buffer[:n])
			mu.Unlock()
		}
	}()
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return text.String()
	}
}

// silent reports whether the terminal shows nothing of what is typed.
func silent(t *testing.T, terminal *os.File) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO == 0
}

// sitting is a person at a terminal, at which hash-password runs.
type sitting struct {
	person, terminal *os.File
	out, err         *journal
	shown            func() string
	interrupt        context.CancelFunc
	code             chan int
}

func sit(t *testing.T) sitting {
	t.Helper()
	person, terminal := newTerminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	s := sitting{person: person, terminal: terminal, out: newJournal(), err: newJournal(), shown: seen(person), interrupt: cancel, code: make(chan int, 1)}
	program := cmd.Program{In: terminal, Out: s.out, Err: s.err, Env: os.LookupEnv}
	go func() { s.code <- program.Main(ctx, []string{"hash-password", "--cost", "4"}) }()
	return s
}

// waitSilent returns when the terminal no longer shows what is typed.
func (s sitting) waitSilent(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(patience); !silent(t, s.terminal); {
		if time.Now().After(end) {
			t.Fatal("the terminal shows what is typed")
		}
	}
}

// types waits for a prompt and until the terminal is silent, then types.
func (s sitting) types(t *testing.T, prompt, line string) {
	t.Helper()
	s.err.waitFor(t, prompt)
	s.waitSilent(t)
	if _, err := io.WriteString(s.person, line+"\n"); err != nil {
		t.Fatal(err)
	}
}

func TestPasswordAtTheTerminal(t *testing.T) {
	s := sit(t)
	s.types(t, "Password: ", "s3cret")
	s.types(t, "Once more: ", "s3cret")
	if code := <-s.code; code != 0 {
		t.Fatalf("exit code %d: %s", code, s.err)
	}
	if err := bcrypt.CompareHashAndPassword([]byte(strings.TrimSpace(s.out.String())), []byte("s3cret")); err != nil {
		t.Errorf("%q: %v", s.out, err)
	}
	if strings.Contains(s.shown(), "s3cret") || silent(t, s.terminal) {
		t.Errorf("the terminal shows %q, and stays silent: %v", s.shown(), silent(t, s.terminal))
	}
}

func TestPasswordMistyped(t *testing.T) {
	s := sit(t)
	s.types(t, "Password: ", "s3cret")
	s.types(t, "Once more: ", "secret")
	if code := <-s.code; code != 1 || !strings.Contains(s.err.String(), "the two are not the same") || s.out.String() != "" {
		t.Errorf("exit code %d, out %q, err %q", code, s.out, s.err)
	}
}

// After Ctrl-C the terminal shows again what is typed.
func TestPasswordInterrupted(t *testing.T) {
	s := sit(t)
	s.err.waitFor(t, "Password: ")
	s.waitSilent(t)
	s.interrupt()
	if code := <-s.code; code != 1 || silent(t, s.terminal) {
		t.Errorf("exit code %d, and it stays silent: %v", code, silent(t, s.terminal))
	}
}
