package e2e_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	_ "time/tzdata"

	"github.com/backmon/backmon/services/cmd"
)

// asProgram is set in the environment of this test binary when it is to be
// backmon: so its processes need no build, and have the race detector on.
const asProgram = "BACKMON_E2E_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(beProgram())
	}
	os.Exit(m.Run())
}

// beProgram does what the command's main does, and ends with the test.
func beProgram() int {
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // the test holds the other end
		os.Exit(1)
	}()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return program(os.Stdout, os.Stderr).Main(ctx, os.Args[1:])
}

func program(out, err io.Writer) cmd.Program {
	return cmd.Program{Version: "e2e", Out: out, Err: err, Env: os.LookupEnv}
}

// backmon runs one command in this process, and returns what it printed.
func backmon(t *testing.T, config string, arguments ...string) (code int, output string) {
	t.Helper()
	var text strings.Builder
	code = program(&text, &text).Main(t.Context(), append(arguments, "--config", config))
	return code, text.String()
}

// process is a running backmon.
type process struct {
	name    string
	command *exec.Cmd
	journal *journal
	ended   chan struct{}
}

// start starts a process that ends with the test at the latest.
func start(t *testing.T, config string, arguments ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{name: strings.Join(arguments, " "), journal: newJournal(), ended: make(chan struct{})}
	p.command = exec.Command(self, append(arguments, "--config", config)...)
	p.command.Env = append(os.Environ(), asProgram+"=1")
	p.command.Stdout, p.command.Stderr = p.journal, p.journal
	lifeline, err := p.command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.command.Wait() // the exit code is looked at by who waits for it
		p.journal.end()
	}()
	t.Cleanup(func() {
		_ = lifeline.Close()
		p.kill()
		p.check(t)
	})
	return p
}

// check fails the test when the race detector had something to say.
func (p *process) check(t *testing.T) {
	text := p.journal.text()
	if strings.Contains(text, "DATA RACE") || strings.Contains(text, "panic:") {
		t.Errorf("backmon %s raced or panicked", p.name)
	}
	if t.Failed() {
		t.Logf("backmon %s said:\n%s", p.name, text)
	}
}

func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.command.Process.Signal(s); err != nil {
		t.Fatalf("send %v to backmon %s: %v", s, p.name, err)
	}
}

// kill ends the process without a warning.
func (p *process) kill() {
	_ = p.command.Process.Kill() // it may have ended
	<-p.ended
}

// stop asks the process to end, and fails the test when it does so with an error.
func (p *process) stop(t *testing.T) {
	t.Helper()
	p.signal(t, syscall.SIGTERM)
	if code := p.exitCode(t); code != 0 {
		t.Errorf("backmon %s: exit code %d after SIGTERM", p.name, code)
	}
}

func (p *process) exitCode(t *testing.T) int {
	t.Helper()
	await(t, "the end of backmon "+p.name, p.ended)
	return p.command.ProcessState.ExitCode()
}

// address waits until the process serves HTTP, and returns where.
func (p *process) address(t *testing.T) string {
	t.Helper()
	line := p.journal.wait(t, `"msg":"serving HTTP"`)
	var fields struct{ Address string }
	if err := json.Unmarshal([]byte(line), &fields); err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(fields.Address)
	if err != nil {
		t.Fatal(err)
	}
	return "http://127.0.0.1:" + port
}

// pause stops the process in the middle of whatever it does, until resume.
func (p *process) pause(t *testing.T) {
	t.Helper()
	p.signal(t, syscall.SIGSTOP)
}

func (p *process) resume(t *testing.T) {
	t.Helper()
	p.signal(t, syscall.SIGCONT)
}
