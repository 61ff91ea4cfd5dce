package document_test

import (
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/document"
)

func TestBegins(t *testing.T) {
	for _, c := range []struct {
		name, text   string
		line, column int
	}{
		{"plain", "a:  text", 1, 5},
		{"double quotes", `a: "text {{.}}"`, 1, 5},
		{"single quotes", `a: 'text'`, 1, 5},
		{"escapes", `a: "te\"xt"`, 0, 0},
		{"after umlauts", "ü: text", 1, 5},
		{"folded over lines", "a: one\n  two", 0, 0},
		{"a break in quotes", `a: "one\ntwo"`, 0, 0},
		{"literal block", "a: |\n   one\n   two\n", 2, 4},
		{"literal block without the last break", "a: |-\n  one\n\n  two", 2, 3},
		{"literal block with deeper lines", "a: |\n  one\n    two\n  three\n", 2, 3},
		{"literal block that begins deeper", "a: |2\n    one\n  two\n", 2, 3},
		{"literal block after a comment", "a: | # why\n  one\n", 2, 3},
		{"literal block after an empty line", "a: |\n\n  one\n", 2, 3},
		{"empty block", "a: |\n\n", 0, 0},
		{"folded block", "a: >\n  one\n  two\n", 0, 0},
		{"an alias to a block", "a: &x |\n  text\nb: *x", 2, 3},
		{"a variable", "a: ${V}", 0, 0},
		{"a variable that stands for itself", "a: ${SAME}", 1, 4},
		{"a list", "a: [b]", 0, 0},
		{"nothing", "b: c", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, problems := document.Parse([]byte(c.text), document.Options{Variables: func(name string) (string, bool) {
				return map[string]string{"V": "value", "SAME": "${SAME}"}[name], true
			}})
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			key := "a"
			if c.name == "an alias to a block" {
				key = "b"
			}
			if strings.HasPrefix(c.text, "ü") {
				key = "ü"
			}
			if line, column := doc.Root().Get(key).Begins(); line != c.line || column != c.column {
				t.Errorf("%d:%d, want %d:%d", line, column, c.line, c.column)
			}
		})
	}
}
