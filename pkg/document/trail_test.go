package document

import (
	"strings"
	"testing"
)

func TestQuote(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"short", "a\"b\n", `"a\"b\n"`},
		{"as long as allowed", strings.Repeat("x", 100), `"` + strings.Repeat("x", 100) + `"`},
		{"longer", strings.Repeat("x", 101), `"` + strings.Repeat("x", 100) + `"...`},
		{"cut in a character", strings.Repeat("x", 99) + "éé", `"` + strings.Repeat("x", 99) + `"...`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := quote(c.text); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
