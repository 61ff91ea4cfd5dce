// Package tooltest finds programs of others that tests run, such as promtool. A test
// that needs one fails without it: nothing is skipped.
package tooltest

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// Find returns the path of a program of a Debian package.
func Find(t testing.TB, program, debianPackage string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%s is not installed: `make tools-debian` installs it, or take the package %q of your system: %v", program, debianPackage, err)
	}
	return path
}

// Promtool runs Prometheus' promtool with what it reads from its standard input, and
// returns what it prints and its exit code.
func Promtool(t testing.TB, in string, arguments ...string) (output string, code int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), Find(t, "promtool", "prometheus"), arguments...)
	command.Stdin = strings.NewReader(in)
	out, err := command.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run promtool: %v", err)
	}
	return string(out), command.ProcessState.ExitCode()
}
