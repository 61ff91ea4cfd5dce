package document_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

const example = `# a definition
quota: 10 GiB
directories:
  db:
    alias: "database"
    purge: yes
    files:
      - one
      - 'two'
      - 3
  "a b/%Y":
    retention-age: 1d12h
    retention-count: "4"
    max-shrink: 50%
    timezone: ~
    sort: bornat
`

func TestTypedAccess(t *testing.T) {
	d := read(t, example)
	db := d.Root().Get("directories").Get("db")
	other := d.Root().Get("directories").Get("a b/%Y")
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"Size", d.Root().Get("quota").Size(), int64(10 << 30)},
		{"String", db.Get("alias").String(), "database"},
		{"Bool", db.Get("purge").Bool(), true},
		{"Strings", db.Get("files").Strings(), []string{"one", "two", "3"}},
		{"OneOrMore of a list", db.Get("files").OneOrMore(), []string{"one", "two", "3"}},
		{"OneOrMore of one", db.Get("alias").OneOrMore(), []string{"database"}},
		{"Duration", other.Get("retention-age").Duration(), 36 * time.Hour},
		{"Int in quotes", other.Get("retention-count").Int(0, 10), int64(4)},
		{"Ratio", other.Get("max-shrink").Ratio(), 0.5},
		{"OneOf", other.Get("sort").OneOf(backup.Warning, "bornat", "archivedat"), "bornat"},
		{"null does not exist", other.Get("timezone").Exists(), false},
		{"null is no text", other.Get("timezone").String(), ""},
		{"Path", db.Get("files").Items()[2].Path(), "directories.db.files[2]"},
		{"Path with quotes", other.Get("sort").Path(), `directories."a b/%Y".sort`},
		{"Source", db.Get("alias").Source(), "database"},
		{"Source of a map", db.Source(), ""},
		{"IsMap", db.IsMap(), true},
		{"IsList", db.Get("files").IsList(), true},
		{"IsScalar", db.Get("alias").IsScalar(), true},
		{"IsScalar of a map", db.IsScalar(), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	checkTexts(t, d.Problems())
}

func TestAbsent(t *testing.T) {
	d := read(t, example)
	n := d.Root().Get("no").Get("such").Get("key")
	if n.Exists() || n.IsMap() || n.IsList() || n.IsScalar() || n.Map(backup.Error) || n.AnyMap() {
		t.Error("an absent node is something")
	}
	if n.String() != "" || n.Source() != "" || n.Bool() || n.Int(1, 2) != 0 || n.Duration() != 0 || n.Size() != 0 || n.Ratio() != 0 {
		t.Error("an absent node has a value")
	}
	if n.Strings() != nil || n.OneOrMore() != nil || n.Items() != nil || n.Keys() != nil || n.OneOf(backup.Error, "a") != "" {
		t.Error("an absent node has items")
	}
	if got := n.Path(); got != "no.such.key" {
		t.Errorf("Path() = %q", got)
	}
	checkTexts(t, d.Problems())
}

func TestBool(t *testing.T) {
	for text, want := range map[string]bool{
		"true": true, "True": true, "yes": true, "on": true, `"true"`: true, "y": true,
		"false": false, "no": false, "OFF": false, `'no'`: false, "n": false,
	} {
		d := read(t, "a: "+text)
		if got := d.Root().Get("a").Bool(); got != want {
			t.Errorf("%s = %v", text, got)
		}
		checkTexts(t, d.Problems())
	}
}

func TestPositions(t *testing.T) {
	d := read(t, example)
	directories := d.Root().Get("directories")
	for _, c := range []struct {
		name         string
		node         document.Node
		line, column int
	}{
		{"root", d.Root(), 2, 1},
		{"scalar", d.Root().Get("quota"), 2, 8},
		{"map", directories, 4, 3},
		{"key", directories.Keys()[1], 11, 3},
		{"item", directories.Get("db").Get("files").Items()[1], 9, 9},
		{"null: its key", directories.Get("a b/%Y").Get("timezone"), 15, 5},
		{"absent: the key of the map", directories.Get("db").Get("schedule"), 4, 3},
		{"absent in the root: the root", d.Root().Get("x"), 2, 1},
		{"absent in the absent", d.Root().Get("x").Get("y"), 2, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if line, column := c.node.Position(); line != c.line || column != c.column {
				t.Errorf("at %d:%d, want %d:%d", line, column, c.line, c.column)
			}
		})
	}
	if line, column := read(t, "").Root().Position(); line != 0 || column != 0 {
		t.Errorf("the empty document is at %d:%d", line, column)
	}
}

func TestColumnsAreInBytes(t *testing.T) {
	for _, text := range []string{"{ä: x}\n", "\ufeff{ä: x}\n"} {
		if _, column := read(t, text).Root().Get("ä").Position(); column != 6 {
			t.Errorf("%q: column %d, want 6", text, column)
		}
	}
	if line, column := read(t, "a: 1\r\nb: 2\r\n").Root().Get("b").Position(); line != 2 || column != 4 {
		t.Errorf("after CR LF: %d:%d", line, column)
	}
}

func TestKeysInDocumentOrder(t *testing.T) {
	var got []string
	for _, key := range read(t, "z: 1\na: 2\nm: 3\n2026: 4\n").Root().Keys() {
		got = append(got, key.String())
	}
	if diff := cmp.Diff([]string{"z", "a", "m", "2026"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownKeys(t *testing.T) {
	d := read(t, "defaults:\n  schedule: x\n  retention-cuont: 3\n  something-else: 4\n")
	if !d.Root().Get("defaults").Map(backup.Error, "schedule", "retention-count", "retention-age") {
		t.Error("not a map")
	}
	checkTexts(t, d.Problems(),
		`f.yaml:3:3: unknown key "retention-cuont"; did you mean "retention-count"?`,
		`f.yaml:4:3: unknown key "something-else"`)
	if p := d.Problems()[0]; p.Path != "defaults.retention-cuont" || p.Level != backup.Error {
		t.Errorf("%+v", p)
	}
}

func TestUnknownKeysAsWarnings(t *testing.T) {
	d := read(t, "flies: 1\n")
	d.Root().Map(backup.Warning, "files")
	d.Root().Map(backup.Warning, "files")
	checkTexts(t, d.Problems(), `f.yaml:1:1: warning: unknown key "flies"; did you mean "files"?`)
	if d.Root().HasErrors() {
		t.Error("a warning is an error")
	}
}

func TestDuplicateKeys(t *testing.T) {
	d := read(t, "a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n")
	b := d.Root().Get("b")
	b.Map(backup.Error, "c", "d")
	if got := b.Get("c").Int(0, 9); got != 1 {
		t.Errorf("c = %d, want the first", got)
	}
	checkTexts(t, d.Problems(), `f.yaml:5:3: key "c" is given twice, on line 3 and on line 5`)
}

func TestWrongTypes(t *testing.T) {
	const text = "map: {a: 1}\nlist: [a, b]\ntext: some\nnumber: 12\nyes: true\n"
	for _, c := range []struct {
		name string
		read func(root document.Node)
		want string
	}{
		{"list of strings", func(r document.Node) { r.Get("map").Strings() }, `f.yaml:1:6: expected a list of strings, found a map`},
		{"text for a list", func(r document.Node) { r.Get("text").Strings() }, `f.yaml:3:7: expected a list of strings, found text`},
		{"map for one or more", func(r document.Node) { r.Get("map").OneOrMore() }, `f.yaml:1:6: expected a list of strings, found a map`},
		{"items", func(r document.Node) { r.Get("number").Items() }, `f.yaml:4:9: expected a list, found a number`},
		{"map", func(r document.Node) { r.Get("yes").Map(backup.Error) }, `f.yaml:5:6: expected a map, found true or false`},
		{"any map", func(r document.Node) { r.Get("list").AnyMap() }, `f.yaml:2:7: expected a map, found a list`},
		{"keys", func(r document.Node) { r.Get("list").Keys() }, `f.yaml:2:7: expected a map, found a list`},
		{"text", func(r document.Node) { _ = r.Get("list").String() }, `f.yaml:2:7: expected text, found a list`},
		{"number", func(r document.Node) { r.Get("text").Int(0, 1) }, `f.yaml:3:7: expected a whole number, found "some"`},
		{"number's range", func(r document.Node) { r.Get("number").Int(0, 9) }, `f.yaml:4:9: "12" is not in 0 to 9`},
		{"number from a map", func(r document.Node) { r.Get("map").Int(0, 9) }, `f.yaml:1:6: expected a whole number, found a map`},
		{"bool", func(r document.Node) { r.Get("number").Bool() }, `f.yaml:4:9: expected true or false, found "12"`},
		{"duration", func(r document.Node) { r.Get("map").Duration() }, `f.yaml:1:6: expected a duration, found a map`},
		{"choice", func(r document.Node) { r.Get("text").OneOf(backup.Error, "same", "other") }, `f.yaml:3:7: unknown value "some"; did you mean "same"?`},
		{"choice, no idea", func(r document.Node) { r.Get("text").OneOf(backup.Warning, "x", "other") }, `f.yaml:3:7: warning: unknown value "some"; known are x, other`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := read(t, text)
			c.read(d.Root())
			checkTexts(t, d.Problems(), c.want)
		})
	}
}

func TestItemsOfTheWrongType(t *testing.T) {
	d := read(t, "a:\n  - x\n  - [y]\n  -\n  - z\n")
	if diff := cmp.Diff([]string{"x", "z"}, d.Root().Get("a").Strings()); diff != "" {
		t.Error(diff)
	}
	checkTexts(t, d.Problems(),
		`f.yaml:3:5: expected text, found a list`,
		`f.yaml:4:4: expected text, found nothing`)
}

func TestQuantitiesKeepTheirParsersMessage(t *testing.T) {
	d := read(t, "age: 3x\nsize: big\nratio: half\n")
	d.Root().Get("age").Duration()
	d.Root().Get("size").Size()
	d.Root().Get("ratio").Ratio()
	_, age := backup.ParseDuration("3x")
	_, size := backup.ParseSize("big")
	_, ratio := backup.ParseRatio("half")
	checkTexts(t, d.Problems(), "f.yaml:1:6: "+age.Error(), "f.yaml:2:7: "+size.Error(), "f.yaml:3:8: "+ratio.Error())
}

func TestUnquotedBraces(t *testing.T) {
	d := read(t, "fuse: {{tenant}}\n{{tenant}}: 1\n")
	_ = d.Root().Get("fuse").String()
	checkTexts(t, d.Problems(),
		`f.yaml:1:7: expected text, found a map; text that begins with "{" needs quotes around it`,
		`f.yaml:2:1: expected text as a key, found a map; text that begins with "{" needs quotes around it`)
}

func TestPositionInLongLines(t *testing.T) {
	for _, length := range []int{0, 1, 61, 62, 63, 64, 65, 127, 128, 129, 5000} {
		d := read(t, "- é\n- {a: '"+strings.Repeat("é", length)+"', b: x}\n")
		line, column := d.Root().Items()[1].Get("b").Position()
		if want := len("- {a: '', b: ") + 2*length + 1; line != 2 || column != want {
			t.Errorf("after %d characters: %d:%d, want 2:%d", length, line, column, want)
		}
	}
}

func TestManyBadAliases(t *testing.T) {
	d := read(t, "a: &a x\nb: ["+strings.Repeat("*a, ", 2000)+"]\n")
	for _, item := range d.Root().Get("b").Items() {
		item.Int(0, 9)
	}
	checkTexts(t, d.Problems(), `f.yaml:1:4: expected a whole number, found "x"`)
	if !d.Root().Get("a").HasErrors() {
		t.Error("what was not recorded can't be free of errors")
	}
}

func TestAllProblemsSorted(t *testing.T) {
	d := read(t, "a: x\nb: y\n")
	d.Root().Get("b").Int(0, 1)
	d.Root().Get("c").Problem(backup.Error, "c is required", "add it")
	d.Root().Get("a").Bool()
	checkTexts(t, d.Problems(),
		`f.yaml:1:1: c is required; add it`,
		`f.yaml:1:4: expected true or false, found "x"`,
		`f.yaml:2:4: expected a whole number, found "y"`)
}

func TestHasErrors(t *testing.T) {
	d := read(t, "a:\n  b: {c: x}\n  bb: {c: 1}\n  l: [x, 1]\n")
	a := d.Root().Get("a")
	a.Get("b").Get("c").Int(0, 9)
	a.Get("l").Items()[0].Int(0, 9)
	for _, c := range []struct {
		node document.Node
		want bool
	}{
		{d.Root(), true},
		{a, true},
		{a.Get("b"), true},
		{a.Get("b").Get("c"), true},
		{a.Get("l"), true},
		{a.Get("l").Items()[0], true},
		{a.Get("bb"), false},
		{a.Get("bb").Get("c"), false},
		{a.Get("l").Items()[1], false},
	} {
		if got := c.node.HasErrors(); got != c.want {
			t.Errorf("HasErrors of %q = %v", c.node.Path(), got)
		}
	}
}

func TestProblemAt(t *testing.T) {
	for _, c := range []struct {
		name, text   string
		line, column int
	}{
		{"plain", "a: 0 25 * * *", 1, 6},
		{"double quotes", `a: "0 25 * * *"`, 1, 7},
		{"single quotes", `a: '0 25 * * *'`, 1, 7},
		{"escapes: the beginning", `a: "0\x2025 * * *"`, 1, 4},
		{"several lines: the beginning", "a: |\n  0 25\n", 1, 4},
		{"folded: the beginning", "a:\n  0 25\n  * * *", 2, 3},
		{"variable: the beginning", "a: '${CRON}'", 1, 4},
		{"anchor: the beginning", "a: &x 0 25 * * *", 1, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			variables := func(string) (string, bool) { return "0 25 * * *", true }
			d, _ := document.Parse([]byte(c.text), document.Options{Variables: variables})
			d.Root().Get("a").ProblemAt(backup.Error, 3, "hour: 25", "")
			p := d.Problems()[0]
			if p.Line != c.line || p.Column != c.column || p.Path != "a" {
				t.Errorf("at %d:%d in %s, want %d:%d", p.Line, p.Column, p.Path, c.line, c.column)
			}
		})
	}
}

func TestLongWords(t *testing.T) {
	d := read(t, strings.Repeat("x", 101)+": "+strings.Repeat("é", 2000))
	d.Root().Map(backup.Error, strings.Repeat("x", 100))
	d.Root().Get(strings.Repeat("x", 101)).Duration()
	d.Root().Get(strings.Repeat("x", 101)).Bool()
	checkTexts(t, d.Problems(),
		`f.yaml:1:1: unknown key "`+strings.Repeat("x", 100)+`"...`,
		`f.yaml:1:104: "`+strings.Repeat("é", 50)+`"... is too long for a duration`,
		`f.yaml:1:104: expected true or false, found "`+strings.Repeat("é", 50)+`"...`)
}
