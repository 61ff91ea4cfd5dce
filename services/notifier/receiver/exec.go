package receiver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/services/notifier/message"
)

// Exec is a command that takes each notice as JSON on its standard input.
type Exec struct {
	// Command is the program and its arguments. No shell reads it.
	Command []string
}

const (
	// maxComplaint is how many bytes of what a command says are kept: the last ones.
	maxComplaint = 4 << 10
	// maxComplaintShown is how many characters of that an error holds.
	maxComplaintShown = 400
	// lastWord is how long the pipes of a command are read after it has ended: its
	// children may hold them.
	lastWord = time.Second
	// exitGiveUp is the exit code by which a command says that another attempt makes
	// no sense: EX_CONFIG of sysexits.h.
	exitGiveUp = 78
)

// passedOn are the variables of the environment that a command gets.
var passedOn = []string{"PATH", "HOME", "TMPDIR", "TZ", "LANG"}

type command struct {
	name    string
	path    string
	argv    []string
	timeout time.Duration
	writer  *message.Writer
}

func newExec(c Config, w *message.Writer) (Receiver, error) {
	argv := c.Exec.Command
	if len(argv) == 0 || argv[0] == "" {
		return nil, errors.New("exec: the command is missing")
	}
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return nil, fmt.Errorf("exec: %w", err)
	}
	return &command{c.Name, path, argv, c.Timeout, w}, nil
}

// Name is that of the configuration.
func (c *command) Name() string { return c.name }

// Send runs the command. When its time is over it is killed, with all processes
// that it has started in its group.
func (c *command) Send(ctx context.Context, n incident.Notice) error {
	document := c.writer.Document(n)
	body, err := marshal(document)
	if err != nil {
		return permanent("notice %q: %v", n.ID, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.path, c.argv[1:]...)
	cmd.Args[0] = c.argv[0]
	cmd.Env = environment(document)
	cmd.Stdin = bytes.NewReader(body)
	complaint := &tail{}
	cmd.Stderr = complaint
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = lastWord
	err = cmd.Run()
	if cmd.ProcessState != nil && cmd.ProcessState.Success() {
		return nil // it need not read what it is given, nor end its children
	}
	return c.failure(ctx, err, complaint.String())
}

// environment is what a command gets to know besides the JSON.
func environment(d message.Document) []string {
	var out []string
	for _, name := range passedOn {
		if value, ok := os.LookupEnv(name); ok {
			out = append(out, name+"="+value)
		}
	}
	return append(out,
		"BACKMON_NOTICE_ID="+variable(d.ID), "BACKMON_NOTICE_KIND="+d.Kind, "BACKMON_NOTICE_SEVERITY="+d.Severity,
		"BACKMON_NOTICE_TITLE="+variable(d.Title), "BACKMON_RECEIVER="+variable(d.Receiver))
}

// variable makes a text fit for a variable, which holds no zero byte.
func variable(text string) string { return strings.ReplaceAll(text, "\x00", `\x00`) }

func (c *command) failure(ctx context.Context, err error, complaint string) error {
	what := "run " + c.argv[0]
	said := ""
	if complaint != "" {
		said = ": " + prose.Cut(prose.Clean(strings.TrimSpace(complaint)), maxComplaintShown)
	}
	var exit *exec.ExitError
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return temporary("%s: killed, as it took over %s%s", what, prose.Duration(c.timeout), said)
	case ctx.Err() != nil:
		return temporary("%s: killed, as the notifier ends", what)
	case errors.As(err, &exit) && exit.ExitCode() == exitGiveUp:
		return permanent("%s: %v%s", what, exit, said)
	default:
		return temporary("%s: %v%s", what, err, said)
	}
}

// tail keeps the last bytes that are written to it.
type tail struct{ kept []byte }

// Write takes everything.
func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - maxComplaint; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return string(t.kept) }
