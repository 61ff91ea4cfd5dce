package document_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

// read parses a document that has to be readable.
func read(t testing.TB, text string) *document.Document {
	t.Helper()
	d, problems := document.Parse([]byte(text), document.Options{File: "f.yaml", Variables: nil})
	if len(problems) > 0 {
		t.Fatalf("Parse: %v", problems)
	}
	return d
}

// texts returns problems as a person sees them.
func texts(problems []backup.Problem) []string {
	var all []string
	for _, p := range problems {
		all = append(all, p.Error())
	}
	return all
}

func checkTexts(t *testing.T, got []backup.Problem, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, texts(got)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestRefused(t *testing.T) {
	deep := strings.Repeat("[", 65) + strings.Repeat("]", 65)
	for _, c := range []struct{ name, text, want string }{
		{"tab", "a:\n\tb: 1\n", `f.yaml:2: found character that cannot start any token; indent with spaces, not with tabs`},
		{"percent", "a: 1\nfile: %Y.zip\n", `f.yaml:2: found character that cannot start any token; text that begins with "%" needs quotes around it`},
		{"colons", "a: b: c\n", `f.yaml:1: mapping values are not allowed in this context; text with ": " in it needs quotes around it`},
		{"unclosed", "a: [1\nb: 2\n", `f.yaml:1: did not find expected ',' or ']'; close the bracket, or put quotes around text that begins with one`},
		{"braces", "a: {{tenant}}/x\nb: 2\n", `f.yaml:1: did not find expected key; text that begins with "{" needs quotes around it`},
		{"unknown alias", "ä: 1\nb: *some\n", `f.yaml:2:4: alias *some has no anchor &some before it; text that begins with "*" needs quotes around it`},
		{"alias after a non-ASCII character", "ä: *some\n", `f.yaml:1:5: alias *some has no anchor &some before it; text that begins with "*" needs quotes around it`},
		{"not UTF-8", "a: 1\nä: \xff\n", `f.yaml:2:5: a byte that is not UTF-8; YAML is UTF-8 text`},
		{"control character", "a: \x01\n", `f.yaml:1:4: the control character U+0001; YAML is UTF-8 text`},
		{"two documents", "a: 1\n---\nb: 2\n", `f.yaml:3:1: a second document begins here, one is expected; remove the line "---" before it`},
		{"long key", "? " + strings.Repeat("x", 1025) + "\n: 1\n", `f.yaml:1:3: the key has 1025 bytes, at most 1024 are allowed`},
		{"error in a second document", "a: 1\n---\n\tb: 2\n", `f.yaml:3: found character that cannot start any token; indent with spaces, not with tabs`},
		{"alias to itself", "a: &a [1, *a]\n", `f.yaml:1:4: the value contains itself`},
		{"merge of itself", "a: &a\n  <<: *a\n", `f.yaml:1:4: the value contains itself`},
		{"too deep", deep, `f.yaml:1:65: more than 64 levels deep`},
		{"too deep by aliases", deepAliases(), `f.yaml:3:4: more than 64 levels deep`},
		{"too many values", "[" + strings.Repeat("1,", 100_000) + "]", `f.yaml:1:1: more than 100000 values, with aliases expanded`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, problems := document.Parse([]byte(c.text), document.Options{File: "f.yaml"})
			checkTexts(t, problems, c.want)
			checkTexts(t, d.Problems(), c.want)
			if d.Root().Exists() {
				t.Error("the root of a refused document exists")
			}
		})
	}
}

// deepAliases nests 20 levels into each other, four times.
func deepAliases() string {
	var b strings.Builder
	inner := "1"
	for i := range 5 {
		fmt.Fprintf(&b, "%c: &%c %s%s%s\n", 'a'+i, 'a'+i, strings.Repeat("[", 20), inner, strings.Repeat("]", 20))
		inner = fmt.Sprintf("*%c", 'a'+i)
	}
	return b.String()
}

func TestEmptyDocuments(t *testing.T) {
	for _, text := range []string{"", "\n", "# only a comment\n", "---\n", "~\n", "--- \n...\n", "\ufeff"} {
		d := read(t, text)
		if d.Root().Exists() || d.Root().Get("a").Get("b").Exists() || d.Root().Map(backup.Error) {
			t.Errorf("%q: something exists", text)
		}
		if got := d.Root().Get("a").String(); got != "" {
			t.Errorf("%q: a is %q", text, got)
		}
		checkTexts(t, d.Problems())
	}
}

func TestEmptySecondDocument(t *testing.T) {
	if got := read(t, "a: 1\n---\n").Root().Get("a").Int(0, 9); got != 1 {
		t.Errorf("a = %d", got)
	}
}

// bomb is "a billion laughs": every level repeats the one before nine times.
func bomb(pattern, separator string) string {
	var b strings.Builder
	b.WriteString("a: &a [lol]\n")
	for name := 'b'; name <= 'z'; name++ {
		items := strings.TrimSuffix(strings.Repeat(fmt.Sprintf(pattern, name-1)+separator, 9), separator)
		fmt.Fprintf(&b, "%c: &%c [%s]\n", name, name, items)
	}
	return b.String()
}

// TestHostile refuses or reads each within a second; the limit leaves room for a
// busy machine and the race detector.
func TestHostile(t *testing.T) {
	for _, c := range []struct {
		name, text string
		refused    bool
	}{
		{"billion laughs", bomb("*%c", ","), true},
		{"40 MB", strings.Repeat("a: 1234567890\n", 3_000_000), true},
		{"open lists", strings.Repeat("[", 1<<20), true},
		{"open maps", strings.Repeat("{", 1<<20), true},
		{"nested items", strings.Repeat("- ", 1<<19), true},
		{"nested keys", strings.Repeat("? ", 1<<19), true},
		{"many items", strings.Repeat("- \n", 1<<18), true},
		{"many small maps", strings.Repeat("- {}\n", 90_000), false},
		{"one long line", "a: " + strings.Repeat("x", 1<<20-10), false},
		{"one long key", strings.Repeat("x", 1<<20-10) + ": 1", true},
		{"one key again and again", strings.Repeat("a: 1\n", 45_000), false},
		{"many anchors", strings.Repeat("- &a\n", 90_000), false},
		{"merges of merges", mergeBomb(), true},
		{"many comments", strings.Repeat("#\n", 1<<19), false},
		{"one line of many keys", "{" + manyKeys(45_000) + "}", false},
		{"long text, again and again", "a: &a " + strings.Repeat("x", 500_000) + "\nb: [" + strings.Repeat("*a, ", 45_000) + "]", false},
		{"long path, again and again", strings.Repeat("{"+strings.Repeat("k", 1000)+": ", 60) + "[" + strings.Repeat("x, ", 90_000) + "]" + strings.Repeat("}", 60), false},
		{"commas", "[" + strings.Repeat(",", 1<<20-9) + "]", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			d, problems := document.Parse([]byte(c.text), document.Options{})
			budget := 5_000
			visit(d.Root(), &budget)
			if spent := time.Since(start); spent > 10*time.Second {
				t.Errorf("took %s", spent)
			}
			if refused := len(problems) > 0; refused != c.refused {
				t.Errorf("refused = %v (%.200v), want %v", refused, problems, c.refused)
			}
		})
	}
}

func manyKeys(count int) string {
	var b strings.Builder
	for i := range count {
		fmt.Fprintf(&b, "ä%d: 1, ", i)
	}
	return b.String()
}

func mergeBomb() string {
	var b strings.Builder
	b.WriteString("a: &a {k: 1}\n")
	for name := 'b'; name <= 'z'; name++ {
		fmt.Fprintf(&b, "%c: &%c {<<: [%s]}\n", name, name, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", name-1), 9), ","))
	}
	return b.String()
}

func TestMaxBytes(t *testing.T) {
	for _, c := range []struct {
		max  int
		want []string
	}{
		{4, nil},
		{3, []string{"f.yaml: the file has 4 bytes, at most 3 are read"}},
	} {
		_, problems := document.Parse([]byte("a: 1"), document.Options{File: "f.yaml", MaxBytes: c.max})
		checkTexts(t, problems, c.want...)
	}
	if _, problems := document.Parse(make([]byte, document.DefaultMaxBytes+1), document.Options{}); len(problems) != 1 {
		t.Errorf("over the default: %v", problems)
	}
}

func TestProblemsAreLimited(t *testing.T) {
	var b strings.Builder
	for i := range 5_000 {
		fmt.Fprintf(&b, "key%d: 1\n", i)
	}
	d := read(t, b.String())
	d.Root().Map(backup.Error, "kez")
	problems := d.Problems()
	if len(problems) != 1001 {
		t.Fatalf("%d problems", len(problems))
	}
	if got, want := problems[1000].Error(), "f.yaml: 4000 more problems"; got != want {
		t.Errorf("last problem = %q, want %q", got, want)
	}
	if !d.Root().Get("other").HasErrors() {
		t.Error("what was not recorded can't be free of errors")
	}
}

func FuzzDocument(f *testing.F) {
	for _, text := range []string{
		"a: 1\nb: [x, ${HOME}, '50%']\nc: {d: 1d, <<: {e: 2}}\n", "&a [*a]", "<<: *x", "? {a: b}\n: c", "!!null [a]",
		"a: &x {b: 1}\nc: *x\nd: {<<: *x}\n", "{{a}}/b: c", "\"a\\u00e9\": 'it''s'", "a: |\n  ${X}\n  $${Y}\n", "- - - -\n", "\ufeffa: b", "a: !!binary aGk=",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const secret = "s3cret value"
		leaks := func(text string) bool {
			return strings.Contains(text, secret) && !bytes.Contains(data, []byte("s3cret"))
		}
		variables := func(name string) (string, bool) { return secret, len(name)%2 == 0 }
		d, problems := document.Parse(data, document.Options{File: "f.yaml", MaxBytes: 1 << 16, Variables: variables})
		if (len(problems) > 0) && d.Root().Exists() {
			t.Fatal("refused, and yet there is a root")
		}
		budget := 5_000
		visit(d.Root(), &budget)
		for _, p := range d.Problems() {
			if p.Message == "" || p.Line < 0 || p.Column < 0 || p.Column > len(data)+1 || leaks(p.Error()) {
				t.Fatalf("bad problem %+v", p)
			}
		}
	})
}

// visit reads every value in every way, up to a number of them.
func visit(n document.Node, budget *int) {
	if *budget--; *budget < 0 {
		return
	}
	_, _, _, _ = n.String(), n.Bool(), n.Int(0, 9), n.OneOf(backup.Warning, "a", "b")
	_, _, _, _ = n.Duration(), n.Size(), n.Ratio(), n.OneOrMore()
	n.ProblemAt(backup.Warning, 3, "here", "")
	if n.IsMap() {
		n.Map(backup.Error, "a", "b")
		for _, key := range n.Keys() {
			visit(n.Get(key.String()), budget)
		}
	}
	if n.IsList() {
		for _, item := range n.Items() {
			visit(item, budget)
		}
	}
}
