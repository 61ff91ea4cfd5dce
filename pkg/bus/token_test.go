package bus_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
)

func TestEncodeToken(t *testing.T) {
	long := strings.Repeat("a", 64)
	cases := []struct{ name, in, want string }{
		{"plain", "db-1_X", "db-1_X"},
		{"empty", "", "="},
		{"dot", "db.example", "db=2Eexample"},
		{"wildcards", "*.>", "=2A=2E=3E"},
		{"the escape itself", "=2E", "=3D2E"},
		{"space and control", " \x00\n", "=20=00=0A"},
		{"not UTF-8", "\xff", "=FF"},
		{"as long as may be", long, long},
		{"one too long", long + "a", long[:38] + "=-635361c48bb9eab14198e76e"},
		{"cut before an escape", strings.Repeat("a", 37) + strings.Repeat(".", 30), long[:37] + "=-"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := bus.EncodeToken(c.in)
			if strings.HasSuffix(c.want, "=-") {
				got = got[:len(got)-24]
			}
			if got != c.want {
				t.Errorf("EncodeToken(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestDecodeTokenRefuses(t *testing.T) {
	for _, token := range []string{"", "a.b", "=", "=2", "=2e", "=41", "a=", "a=G0", "a b"} {
		name, err := bus.DecodeToken(token)
		if token == "=" {
			if name != "" || err != nil {
				t.Errorf("DecodeToken(%q) = %q, %v; want the empty name", token, name, err)
			}
			continue
		}
		if err == nil {
			t.Errorf("DecodeToken(%q) = %q, want an error", token, name)
		}
	}
}

// FuzzToken: what is short comes back, different names have different tokens,
// and a server stores what is published with one.
func FuzzToken(f *testing.F) {
	for _, seed := range []string{"", "a", "=", "=-", ".", "*", ">", "tok.*", " ", "\xff\x00", strings.Repeat("a.", 40)} {
		f.Add([]byte(seed), []byte(seed+"x"))
	}
	b := bustest.Start(f).Connect(f, "fuzz")
	f.Fuzz(func(t *testing.T, one, other []byte) {
		token := bus.EncodeToken(string(one))
		checkToken(t, token, string(one))
		if (string(one) == string(other)) != (token == bus.EncodeToken(string(other))) {
			t.Fatalf("%q and %q: tokens and names differ in whether they are the same", one, other)
		}
		if _, err := b.PublishBackupStatus(t.Context(), status("fuzz", string(one), fence(1, 1, "")), bus.Revision{}); err != nil {
			t.Fatalf("the server refuses %q: %v", token, err)
		}
	})
}

func checkToken(t *testing.T, token, name string) {
	t.Helper()
	if token == "" || len(token) > bus.MaxTokenLength || strings.ContainsAny(token, ".*> \t\r\n\x00") {
		t.Fatalf("%q is no token", token)
	}
	back, err := bus.DecodeToken(token)
	switch {
	case errors.Is(err, bus.ErrShortened):
		if !strings.HasPrefix(name, back) {
			t.Fatalf("%q begins with %q, not with %q", name, name[:min(len(name), len(back))], back)
		}
	case err != nil || back != name:
		t.Fatalf("DecodeToken(%q) = %q, %v; want %q", token, back, err, name)
	}
}
