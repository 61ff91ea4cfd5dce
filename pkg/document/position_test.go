package document_test

import (
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

// marker stands in the tests' documents where a position is expected.
const marker = "§"

// marked returns the text without its marker, and where that stood: the line as
// YAML counts lines, the column in bytes.
func marked(t *testing.T, text string) (unmarked string, line, column int) {
	t.Helper()
	before, after, found := strings.Cut(text, marker)
	if !found {
		t.Fatalf("%q has no marker", text)
	}
	unmarked = before + after
	for _, lineBreak := range []string{"\r\n", "\r", "\u0085", "\u2028", "\u2029"} {
		before = strings.ReplaceAll(before, lineBreak, "\n")
	}
	before = strings.TrimPrefix(before, "\ufeff")
	return unmarked, strings.Count(before, "\n") + 1, len(before) - strings.LastIndex(before, "\n")
}

func TestPositionsInEveryStyle(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"plain", "k: §v"},
		{"blanks before", "k:    §v"},
		{"a tab before", "k:\t§v"},
		{"on the next line", "k:\n  §v"},
		{"double quotes", `k: §"v"`},
		{"single quotes", `k: §'v'`},
		{"double quotes over lines", "a: 1\nk: §\"one\n  two\"\n"},
		{"a literal block", "a: 1\nk: §|\n  one\n  two\n"},
		{"a folded block with indicators", "k: §>2-\n  one\n"},
		{"behind a block", "a: |\n  ä\n\n  b\nk: §v"},
		{"behind a quoted text of lines", "a: 'ä\n\n  b'\nk: §v"},
		{"an anchor", "k: §&x v"},
		{"a tag", "k: §!!str v"},
		{"an alias: its anchor", "a: §&x v\nk: *x"},
		{"a map in braces", "{a: 1, k: §{b: c}}"},
		{"a map", "k:\n  §b: c"},
		{"a list in brackets", "k: §[1, 2]"},
		{"a list", "k:\n§- 1\n- 2"},
		{"a null: the key", "a: 1\n§k: ~"},
		{"nothing: the key", "a: 1\n§k:\nb: 2"},
		{"behind two bytes", "{ä: ö, k: §v}"},
		{"behind three bytes", "{€: €, k: §v}"},
		{"behind four bytes", "{😀: 😀, k: §v}"},
		{"behind a composed character", "{e\u0301: 1, k: §v}"},
		{"behind an escape", `{"\u00e4": "\x41", k: §v}`},
		{"a byte order mark", "\ufeffk: §v"},
		{"a byte order mark, second line", "\ufeffa: ä\nk: §v"},
		{"carriage return and line feed", "a: ä\r\n\r\nk: §v\r\n"},
		{"carriage returns", "a: ä\r\rk: §v\r"},
		{"next lines", "a: ä\u0085\u0085k: §v\u0085"},
		{"line and paragraph separators", "a: 'ä\u2028\u2029 b'\nk: §v"},
		{"comments", "# ä\n\n# ö\n  # ü\nk: §v # ß"},
		{"a document's start", "%YAML 1.1\n---\nk: §v\n...\n"},
		{"a question mark", "? k\n: §v"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, line, column := marked(t, c.text)
			gotLine, gotColumn := read(t, text).Root().Get("k").Position()
			if gotLine != line || gotColumn != column {
				t.Errorf("%q: %d:%d, want %d:%d", text, gotLine, gotColumn, line, column)
			}
		})
	}
}

// The column in a value leads to a column in the document only where the text
// stands there as it is.
func TestPositionsWithinText(t *testing.T) {
	for _, c := range []struct {
		name, text string
		column     int
	}{
		{"the first byte", "k: §value", 1},
		{"the last byte", "k: valu§e", 5},
		{"the end", "k: value§", 6},
		{"the end of quoted text", "k: 'value§'", 6},
		{"no column", "k: §value", 0},
		{"behind the end: the beginning", "k: §value", 7},
		{"far behind the end: the beginning", "k: §'value'", 1 << 40},
		{"negative: the beginning", "k: §value", -3},
		{"behind two bytes", "k: ä§b", 3},
		{"behind two bytes in quotes", `{ü: ü, k: "ää§b"}`, 5},
		{"behind a byte order mark", "\ufeffk: ä§b", 3},
		{"behind carriage returns", "a: 1\r\nk: va§lue\r\n", 3},
		{"behind a tab", "k:\tva§lue", 3},
		{"in brackets", "k: va§lue", 3},
		{"a number", "k: 12§34", 3},
		{"a doubled quote: the beginning", "k: §'it''s'", 5},
		{"before a doubled quote, too", "k: §'it''s'", 1},
		{"an escape of the same length: the beginning", `k: §"\tab"`, 2},
		{"blanks that are folded: the beginning", "k: §one\n  two", 5},
		{"a block: the beginning", "k: §>\n  one two\n", 5},
		{"a tag: the beginning", "k: §!!str value", 3},
		{"an alias: within its anchor's place", "a: §&x value\nk: *x", 3},
		{"a map: its beginning", "k: §{a: b}", 3},
		{"long text: the beginning", "k: §" + strings.Repeat("x", 1025), 3},
		{"text as long as that is looked for", "k: " + strings.Repeat("x", 1023) + "§x", 1024},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, line, column := marked(t, c.text)
			d := read(t, text)
			d.Root().Get("k").ProblemAt(backup.Error, c.column, "here", "")
			if p := d.Problems()[0]; p.Line != line || p.Column != column {
				t.Errorf("%q: %d:%d, want %d:%d", text, p.Line, p.Column, line, column)
			}
		})
	}
}

func TestPositionsOfKeys(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"plain", "ä: 1\n§bad: 2"},
		{"quoted", "{ä: 1, §\"bad\": 2}"},
		{"behind a question mark", "? §bad\n: 2"},
		{"by a merge: where it stands", "ä: {x: &m {§bad: 2}}\n<<: *m"},
		{"nested", "ä:\n  - §bad: 1"},
		{"with carriage returns", "ä: 1\r\n\r\n§bad: 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, line, column := marked(t, c.text)
			d := read(t, text)
			d.Root().Map(backup.Error, "ä")
			for _, item := range list(d.Root().Get("ä")) {
				item.Map(backup.Error)
			}
			problems := d.Problems()
			if len(problems) != 1 || problems[0].Line != line || problems[0].Column != column {
				t.Errorf("%q: %v, want %d:%d", text, problems, line, column)
			}
		})
	}
}

// list returns the items of what is a list, and none of anything else.
func list(n document.Node) []document.Node {
	if n.IsList() {
		return n.Items()
	}
	return nil
}

func TestPaths(t *testing.T) {
	const text = `
plain-key_1: {a: [x, {b: y}]}
"with.dot": {"with\"quote": 1}
"": {"": [1]}
"new\nline": {ä: 1}
"[0]": [[1, [2]]]
12: {true: 1, ~: 2}
`
	root := read(t, text).Root()
	get := func(keys ...string) document.Node {
		n := root
		for _, key := range keys {
			n = n.Get(key)
		}
		return n
	}
	for _, c := range []struct {
		node document.Node
		want string
	}{
		{root, ``},
		{get("plain-key_1"), `plain-key_1`},
		{get("plain-key_1", "a").Items()[1].Get("b"), `plain-key_1.a[1].b`},
		{get("with.dot", `with"quote`), `"with.dot"."with\"quote"`},
		{get(""), `""`},
		{get("", "").Items()[0], `"".""[0]`},
		{get("new\nline", "ä"), `"new\nline"."ä"`},
		{get("[0]").Items()[0].Items()[1].Items()[0], `"[0]"[0][1][0]`},
		{get("12", "true"), `12.true`},
		{get("12").Keys()[1], `12."~"`},
		{get("not", "there at all", "x"), `not."there at all".x`},
	} {
		t.Run(c.want, func(t *testing.T) {
			if got := c.node.Path(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// A value that is reached in two ways has two paths and one position.
func TestPathsThroughAliases(t *testing.T) {
	d := read(t, "base: &b {list: [x]}\ncopy: *b\nmerged:\n  <<: *b\n")
	for _, key := range []string{"base", "copy", "merged"} {
		item := d.Root().Get(key).Get("list").Items()[0]
		if got, want := item.Path(), key+".list[0]"; got != want {
			t.Errorf("path %s, want %s", got, want)
		}
		if line, column := item.Position(); line != 1 || column != len("base: &b {list: [")+1 {
			t.Errorf("%s: at %d:%d", key, line, column)
		}
		item.Int(0, 1)
		if !d.Root().Get(key).HasErrors() {
			t.Errorf("%s has no errors", key)
		}
	}
	checkTexts(t, d.Problems(), `f.yaml:1:18: expected a whole number, found "x"`)
}
