package cmd_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/crypto/bcrypt"

	"github.com/backmon/backmon/services/cmd"
)

// backmonGiven runs the program with something on its standard input.
func backmonGiven(t *testing.T, in io.Reader, args ...string) ran {
	t.Helper()
	var out, err bytes.Buffer
	p := cmd.Program{In: in, Out: &out, Err: &err, Env: func(string) (string, bool) { return "", false }}
	code := p.Main(t.Context(), args)
	return ran{code, out.String(), err.String()}
}

func TestHashPassword(t *testing.T) {
	for name, in := range map[string]string{"a line": "s3 crét\n", "of Windows": "s3 crét\r\n", "no line's end": "s3 crét", "more lines": "s3 crét\nnote\n"} {
		r := backmonGiven(t, strings.NewReader(in), "hash-password", "--cost", "5")
		r.expect(t, 0)
		hash := strings.TrimSuffix(r.out, "\n")
		if err := bcrypt.CompareHashAndPassword([]byte(hash), []byte("s3 crét")); err != nil {
			t.Errorf("%s: %q: %v", name, hash, err)
		}
		if cost, err := bcrypt.Cost([]byte(hash)); err != nil || cost != 5 {
			t.Errorf("%s: cost %d, %v", name, cost, err)
		}
		if r.err != "" {
			t.Errorf("%s: prompts %q where nobody sits", name, r.err)
		}
	}
}

func TestHashPasswordErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		in   io.Reader
		args []string
		want string
	}{
		{"nothing", strings.NewReader(""), nil, "the password is empty"},
		{"an empty line", strings.NewReader("\nx\n"), nil, "the password is empty"},
		{"long", strings.NewReader(strings.Repeat("x", 73)), nil, "the password has 73 bytes, bcrypt takes at most 72"},
		{"unreadable", iotest.ErrReader(errors.New("pipe is broken")), nil, "read the password: pipe is broken"},
		{"cheap", strings.NewReader("x"), []string{"--cost", "3"}, "--cost: 3 is not in 4 to 15"},
		{"dear", strings.NewReader("x"), []string{"--cost", "31"}, "--cost: 31 is not in 4 to 15"},
		{"as an argument, where others would see it", strings.NewReader("x"), []string{"secret"}, "unknown command"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := backmonGiven(t, c.in, append([]string{"hash-password"}, c.args...)...)
			r.expect(t, 1, c.want)
			if r.out != "" {
				t.Errorf("prints %q", r.out)
			}
		})
	}
}
