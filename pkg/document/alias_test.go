package document_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

func TestAliases(t *testing.T) {
	d := read(t, "a: &list [x, y]\nb: *list\nc: &count 7\nd: *count\n*count : e\n")
	if diff := cmp.Diff([]string{"x", "y"}, d.Root().Get("b").Strings()); diff != "" {
		t.Error(diff)
	}
	if got := d.Root().Get("d").Int(0, 9); got != 7 {
		t.Errorf("d = %d", got)
	}
	if got := d.Root().Get("7").String(); got != "e" {
		t.Errorf("alias as a key: %q", got)
	}
	checkTexts(t, d.Problems())
}

func TestProblemBehindAliasesOnce(t *testing.T) {
	d := read(t, "a: &v x\nb: *v\nc: *v\n")
	for _, key := range []string{"a", "b", "c"} {
		d.Root().Get(key).Int(0, 9)
	}
	checkTexts(t, d.Problems(), `f.yaml:1:4: expected a whole number, found "x"`)
	if !d.Root().Get("c").HasErrors() {
		t.Error("c uses the bad value, too")
	}
}

const merging = `base: &base {schedule: daily, count: 3}
more: &more {count: 4, age: 7d}
before:
  <<: *base
  count: 1
after:
  count: 1
  <<: *base
both:
  <<: [*base, *more]
quoted:
  "<<": text
`

func TestMergeKeys(t *testing.T) {
	d := read(t, merging)
	for _, c := range []struct {
		key  string
		want map[string]string
	}{
		{"before", map[string]string{"schedule": "daily", "count": "1"}},
		{"after", map[string]string{"schedule": "daily", "count": "1"}},
		{"both", map[string]string{"schedule": "daily", "count": "3", "age": "7d"}},
		{"quoted", map[string]string{"<<": "text"}},
	} {
		t.Run(c.key, func(t *testing.T) {
			got := map[string]string{}
			n := d.Root().Get(c.key)
			for _, key := range n.Keys() {
				got[key.String()] = n.Get(key.String()).String()
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	checkTexts(t, d.Problems())
}

func TestMergesOfMerges(t *testing.T) {
	const text = `
a: &a {x: a, y: a, z: a}
b: &b {<<: *a, y: b}
c: &c {z: c, <<: *b}
later: {<<: *c, <<: {w: later, x: later}}
list: {<<: [{x: first}, *c, {x: last, v: last}]}
inline: {<<: {<<: *b, y: inline}, own: 1}
null: {<<: ~, own: 1}
empty: {<<: [], own: 1}
`
	d := read(t, text)
	for _, c := range []struct{ key, want string }{
		{"b", "x=a y=b z=a"},
		{"c", "z=c x=a y=b"},
		{"later", "z=c x=a y=b w=later"},
		{"list", "x=first z=c y=b v=last"},
		{"inline", "x=a y=inline z=a own=1"},
		{"null", "own=1"},
		{"empty", "own=1"},
	} {
		t.Run(c.key, func(t *testing.T) {
			var got []string
			for _, key := range d.Root().Get(c.key).Keys() {
				got = append(got, key.String()+"="+d.Root().Get(c.key).Get(key.String()).String())
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
	checkTexts(t, d.Problems())
}

// What is wrong in a map that others merge is said once, where it stands.
func TestProblemsOfMergedMaps(t *testing.T) {
	d := read(t, "base: &b {bad: 1, count: x, count: 2}\none: {<<: *b}\ntwo: {<<: *b, count: 3}\n")
	for _, key := range []string{"one", "two"} {
		n := d.Root().Get(key)
		n.Map(backup.Error, "count")
		n.Get("count").Int(0, 9)
	}
	checkTexts(t, d.Problems(),
		`f.yaml:1:11: unknown key "bad"`,
		`f.yaml:1:26: expected a whole number, found "x"`,
		`f.yaml:1:29: key "count" is given twice, on line 1 and on line 1`)
	if !d.Root().Get("two").HasErrors() || d.Root().Get("two").Get("count").HasErrors() {
		t.Error("two merges what is bad, but has a good count of its own")
	}
}

func TestMergeOfTheWrongType(t *testing.T) {
	d := read(t, "a:\n  <<: text\nb:\n  <<: [{c: 1}, 2]\n")
	d.Root().Get("a").AnyMap()
	d.Root().Get("b").AnyMap()
	checkTexts(t, d.Problems(),
		`f.yaml:2:7: expected a map to merge, or a list of them, found text`,
		`f.yaml:4:16: expected a map to merge`)
}

func TestVariables(t *testing.T) {
	values := map[string]string{"USER": "me", "PASSWORD": "s3cret ${USER}", "PORT": "8080", "EMPTY": "", "_X1": "x"}
	lookup := func(name string) (string, bool) { v, found := values[name]; return v, found }
	for _, c := range []struct{ name, text, want string }{
		{"one", "${USER}", "me"},
		{"in text", "a-${USER}-b", "a-me-b"},
		{"underscores", "__${USER}__", "me"},
		{"underscores in text", "a__${USER}__b", "ameb"},
		{"underscores on one side", "__${USER}", "__me"},
		{"two", "${USER}:${PORT}", "me:8080"},
		{"values are not expanded again", "${PASSWORD}", "s3cret ${USER}"},
		{"escape", "$${USER}", "${USER}"},
		{"escape beside a variable", "$${USER}${USER}", "${USER}me"},
		{"empty", "[${EMPTY}]", "[]"},
		{"a dollar", "$USER $ {", "$USER $ {"},
		{"not closed", "pa${ss", "pa${ss"},
		{"name", "${_X1}", "x"},
		{"underscores around each", "__${USER}____${PORT}__", "me8080"},
		{"underscores behind only", "${USER}__", "me__"},
		{"one pair of underscores goes", "____${USER}____", "__me__"},
		{"escape in underscores", "__$${USER}__", "__${USER}__"},
		{"a dollar before an escape", "$$${USER}", "$${USER}"},
		{"braces around", "{${USER}}", "{me}"},
		{"a variable in a variable's place", "${${_X1}}", "${x}"},
		{"what an expansion makes is not expanded", "$${EMPTY}{USER}", "${EMPTY}{USER}"},
		{"a dollar and a variable that is empty", "$${${EMPTY}USER}", "$${USER}"},
		{"path language stays, escaped", "$${tenant:lower}-${USER}", "${tenant:lower}-me"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, problems := document.Parse([]byte("a: '"+c.text+"'"), document.Options{Variables: lookup})
			checkTexts(t, problems)
			if got := d.Root().Get("a").String(); got != c.want {
				t.Errorf("%q gives %q, want %q", c.text, got, c.want)
			}
			if got := d.Root().Get("a").Source(); got != c.text {
				t.Errorf("Source() = %q", got)
			}
			checkTexts(t, d.Problems())
		})
	}
}

func TestVariablesInEveryPlace(t *testing.T) {
	const text = "a: |\n  ${V}\n  $${V}\nb: >-\n  x\n  ${V}\nc: [\"${V}\\n\", &y '${V}']\nd:\n  ${V}: ${V}\ne: *y\nf: {<<: {g: '${V}'}}\n'${V}': 1\n"
	asked := 0
	d, problems := document.Parse([]byte(text), document.Options{Variables: func(string) (string, bool) { asked++; return "v: [1]", true }})
	checkTexts(t, problems)
	root := d.Root()
	for _, c := range []struct {
		node document.Node
		want string
	}{
		{root.Get("a"), "v: [1]\n${V}\n"},
		{root.Get("b"), "x v: [1]"},
		{root.Get("c").Items()[0], "v: [1]\n"},
		{root.Get("c").Items()[1], "v: [1]"},
		{root.Get("d").Get("${V}"), "v: [1]"},
		{root.Get("e"), "v: [1]"},
		{root.Get("f").Get("g"), "v: [1]"},
		{root.Keys()[6], "${V}"},
	} {
		if got := c.node.String(); got != c.want {
			t.Errorf("%s is %q, want %q", c.node.Path(), got, c.want)
		}
	}
	if asked != 6 {
		t.Errorf("asked %d times: each place once, aliases not again", asked)
	}
	checkTexts(t, d.Problems())
}

func TestEveryUndefinedVariableOfAText(t *testing.T) {
	d, _ := document.Parse([]byte("a: '${ONE} ${TWO} ${ONE} ${} ${ SPACE } ${OK}'"), document.Options{
		File: "f.yaml", Variables: func(name string) (string, bool) { return "ok", name == "OK" },
	})
	if got := d.Root().Get("a").OneOrMore(); got != nil {
		t.Errorf("a text with undefined variables is used: %q", got)
	}
	checkTexts(t, d.Problems(),
		`f.yaml:1:4: variable ONE is not defined; set it, or write $${ONE} for the text itself`,
		`f.yaml:1:4: variable TWO is not defined; set it, or write $${TWO} for the text itself`,
		`f.yaml:1:4: "" is not a variable's name; write $${...} for the text itself`,
		`f.yaml:1:4: " SPACE " is not a variable's name; write $${...} for the text itself`)
}

func TestNoVariables(t *testing.T) {
	d := read(t, "a: ${tenant:lower}/$${x}/__${y}__")
	if got := d.Root().Get("a").String(); got != "${tenant:lower}/$${x}/__${y}__" {
		t.Errorf("got %q", got)
	}
}

func TestUndefinedVariables(t *testing.T) {
	text := "a: ${ONE}\nb:\n  - x${TWO}y\nc: &c '${A-B}'\nd: *c\n${KEY}: 1\n"
	d, _ := document.Parse([]byte(text), document.Options{File: "f.yaml", Variables: func(string) (string, bool) { return "", false }})
	want := []string{
		`f.yaml:1:4: variable ONE is not defined; set it, or write $${ONE} for the text itself`,
		`f.yaml:3:5: variable TWO is not defined; set it, or write $${TWO} for the text itself`,
		`f.yaml:4:4: "A-B" is not a variable's name; write $${...} for the text itself`,
	}
	checkTexts(t, d.Problems(), want...)
	// What is undefined is not reported again as a bad value.
	d.Root().Get("a").Int(1, 2)
	d.Root().Get("b").Strings()
	d.Root().Get("c").Duration()
	checkTexts(t, d.Problems(), want...)
	if got := d.Problems()[1].Path; got != "b[0]" {
		t.Errorf("Path = %q", got)
	}
	if !d.Root().Get("${KEY}").Exists() {
		t.Error("keys are not expanded")
	}
}

func TestProblemsHideValuesOfVariables(t *testing.T) {
	d, _ := document.Parse([]byte("a: ${V}"), document.Options{File: "f.yaml", Variables: func(string) (string, bool) { return "s3cret", true }})
	a := d.Root().Get("a")
	for _, read := range []func(){
		func() { a.Int(0, 1) }, func() { a.Bool() }, func() { a.Duration() }, func() { a.Size() }, func() { a.Ratio() },
		func() { a.OneOf(backup.Error, "s3cre") }, func() { a.Strings() }, func() { a.Map(backup.Error) },
	} {
		read()
	}
	checkTexts(t, d.Problems(),
		`f.yaml:1:4: expected a whole number, found "${V}"`,
		`f.yaml:1:4: expected true or false, found "${V}"`,
		`f.yaml:1:4: the value of "${V}" is not a duration`,
		`f.yaml:1:4: the value of "${V}" is not a size`,
		`f.yaml:1:4: the value of "${V}" is not a ratio`,
		`f.yaml:1:4: unknown value "${V}"; known are s3cre`,
		`f.yaml:1:4: expected a list of strings, found text`,
		`f.yaml:1:4: expected a map, found text`)
}

func TestVariablesInNumbers(t *testing.T) {
	d, _ := document.Parse([]byte("port: ${PORT}\nage: ${PORT}d\n"), document.Options{Variables: func(string) (string, bool) { return "80", true }})
	if got := d.Root().Get("port").Int(1, 65535); got != 80 {
		t.Errorf("port = %d", got)
	}
	if got := d.Root().Get("age").Duration(); got != 80*backup.Day {
		t.Errorf("age = %s", got)
	}
	checkTexts(t, d.Problems())
}
