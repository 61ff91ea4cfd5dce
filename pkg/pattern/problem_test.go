package pattern

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const (
	unknownHint = "known are %Y, %y, %M, %D, %h, %m, %s, %i, %I, %x, %X, %w, %v, %A, and %% for a percent sign"
	percentHint = "write %% for a percent sign"
	nameHint    = "names consist of letters a-z, A-Z, digits and _"
	layerHint   = `close it with "}}" in the same folder name`
	dotHint     = "write the path from the disk's root without it"
)

func TestDirectoryProblems(t *testing.T) {
	tests := []struct {
		text string
		want Errors
	}{
		{"a/%q", Errors{{3, `unknown placeholder "%q"`, unknownHint}}},
		{"%d", Errors{{1, `unknown placeholder "%d"`, "did you mean %D?"}}},
		{"%H-%S", Errors{{1, `unknown placeholder "%H"`, "did you mean %h?"}, {4, `unknown placeholder "%S"`, "did you mean %s?"}}},
		{"%ü", Errors{{1, `unknown placeholder "%ü"`, unknownHint}}},
		{"t-%", Errors{{3, "single %", percentHint}}},
		{"50%/x", Errors{{3, "single %", percentHint}}},
		{"%{{a}}", Errors{{1, "single %", percentHint}}},
		{"/./x/%", Errors{{6, "single %", percentHint}}},
		{"{{a}}/%${a}", Errors{{7, "single %", percentHint}}},
		{"{{a}}/${a:reverse}", Errors{{7, `unknown operation "reverse"`, "did you mean lower or upper?"}}},
		{"{{a}}/${a:}", Errors{{7, `unknown operation ""`, "did you mean lower or upper?"}}},
		{"${nope}", Errors{{1, `undefined variable "nope"`, "no variables are defined: capture one with {{nope}} in the directory pattern"}}},
		{"${a}/{{a}}", Errors{{1, `undefined variable "a"`, "{{a}} must come before it"}}},
		{"{{client}}/${Client}", Errors{{12, `undefined variable "Client"`, "did you mean ${client}?"}}},
		{"{{client}}/${clint}", Errors{{12, `undefined variable "clint"`, "did you mean ${client}?"}}},
		{"{{a}}{{b}}/${other}", Errors{{12, `undefined variable "other"`, "defined are a, b"}}},
		{"x/{{a", Errors{{3, `unclosed "{{"`, layerHint}}},
		{"{{a/b}}", Errors{{1, `unclosed "{{"`, layerHint}}},
		{"{{{a}", Errors{{2, `unclosed "{{"`, layerHint}}},
		{"x${a", Errors{{2, `unclosed "${"`, `close it with "}"`}}},
		{"{{}}", Errors{{1, "empty variable name", "write {{name}}"}}},
		{"${}", Errors{{1, "empty variable name", "write ${name}"}}},
		{"${:lower}", Errors{{1, "empty variable name", "write ${name}"}}},
		{"{{ a }}", Errors{{1, `bad variable name " a "`, "did you mean {{a}}?"}}},
		{"{{a-b}}", Errors{{1, `bad variable name "a-b"`, nameHint}}},
		{"{{ä}}", Errors{{1, `bad variable name "ä"`, nameHint}}},
		{"{{a}}/${a b}", Errors{{7, `bad variable name "a b"`, nameHint}}},
		{"{{a}}/{{a}}", Errors{{7, `variable "a" is captured twice`, "use ${a} to ask for the same value again"}}},
		{"a//b", Errors{{3, "empty folder name", "remove one of the slashes"}}},
		{".//b", Errors{{3, "empty folder name", "remove one of the slashes"}}},
		{"a/./b", Errors{{3, `folder name "."`, dotHint}}},
		{"a/../b", Errors{{3, `folder name ".."`, dotHint}}},
		{"..", Errors{{1, `folder name ".."`, dotHint}}},
		{"a\x00b\n", Errors{{2, `control character '\x00'`, "remove it"}, {4, `control character '\n'`, "remove it"}}},
		{"a\xffb", Errors{{2, "byte 0xff is not UTF-8", "save the definition as UTF-8"}}},
		{"%\xff", Errors{{1, "unknown placeholder \"%\ufffd\"", unknownHint}}},
		{strings.Repeat("x", 1025), Errors{{1025, "pattern of 1025 bytes is longer than 1024", "shorten it"}}},
		{"${x}/%q/{{}}//%", Errors{
			{1, `undefined variable "x"`, "no variables are defined: capture one with {{x}} in the directory pattern"},
			{6, `unknown placeholder "%q"`, unknownHint},
			{9, "empty variable name", "write {{name}}"},
			{14, "empty folder name", "remove one of the slashes"},
			{15, "single %", percentHint},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			d, err := ParseDirectory(tt.text)
			wantProblems(t, d == nil, err, tt.want)
		})
	}
}

func TestFileProblems(t *testing.T) {
	tests := []struct {
		directory, text string
		want            Errors
	}{
		{".", "", Errors{{1, "empty file pattern", "write the name of a file"}}},
		{".", "a/b", Errors{{2, "file pattern with a slash", "put folders into the directory pattern"}}},
		{".", "./a/%q", Errors{{2, "file pattern with a slash", "put folders into the directory pattern"}, {5, `unknown placeholder "%q"`, unknownHint}}},
		{"{{a}}", "{{a}}", Errors{{1, "{{a}} in a file pattern", "use ${a}: variables are captured in directory names"}}},
		{"in/{{Client}}", "odd_${Client:reverse}.gz", Errors{{5, `unknown operation "reverse"`, "did you mean lower or upper?"}}},
		{"in/{{Client}}", "undef_${nope}.gz", Errors{{7, `undefined variable "nope"`, "defined are Client"}}},
		{"in/{{Client}}", "${client}", Errors{{1, `undefined variable "client"`, "did you mean ${Client}?"}}},
		{".", "${client}", Errors{{1, `undefined variable "client"`, "no variables are defined: capture one with {{client}} in the directory pattern"}}},
		{".", "q-%q.s", Errors{{3, `unknown placeholder "%q"`, unknownHint}}},
		{".", "t-%", Errors{{3, "single %", percentHint}}},
		{"{{a}}", "${b:reverse}", Errors{{1, `unknown operation "reverse"`, "did you mean lower or upper?"}, {1, `undefined variable "b"`, "defined are a"}}},
		{".", strings.Repeat("%", 2000), Errors{{1025, "pattern of 2000 bytes is longer than 1024", "shorten it"}}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			f, err := mustDirectory(t, tt.directory).ParseFile(tt.text)
			wantProblems(t, f == nil, err, tt.want)
		})
	}
}

func wantProblems(t *testing.T, absent bool, err error, want Errors) {
	t.Helper()
	if !absent {
		t.Error("a pattern was returned")
	}
	wantErrorList(t, err, want)
}

func wantErrorList(t *testing.T, err error, want Errors) {
	t.Helper()
	if got := errorList(t, err); !slices.Equal(got, want) {
		t.Errorf("got  %#v\nwant %#v", got, want)
	}
}

// errorList returns the problems behind an error; none if it is nil.
func errorList(t *testing.T, err error) Errors {
	t.Helper()
	var list Errors
	if err != nil && !errors.As(err, &list) {
		t.Fatalf("error %v is not Errors", err)
	}
	return list
}

func TestLimits(t *testing.T) {
	var b strings.Builder
	for i := range MaxVariables {
		b.WriteString("{{v" + string(rune('A'+i)) + "}}")
	}
	full := strings.NewReplacer("[", "1", `\`, "2", "]", "3", "^", "4", "`", "5").Replace(b.String())
	mustDirectory(t, full)
	_, err := ParseDirectory(full + "/{{more}}/{{most}}")
	wantProblems(t, true, err, Errors{{len(full) + 2, "more than 32 variables", "use placeholders such as %v for values that are not referred to"}})
	mustDirectory(t, strings.Repeat("x", MaxLength))
	mustDirectory(t, strings.Repeat("a/", MaxLength/2))
	mustDirectory(t, strings.Repeat("%A", MaxLength/2))
}

func TestProblemTexts(t *testing.T) {
	e := Errors{{3, "single %", percentHint}, {0, "nothing", ""}}
	if got, want := e.Error(), "column 3: single %; write %% for a percent sign\nnothing"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var p Problem
	if !errors.As(error(e), &p) || p.Column != 3 {
		t.Errorf("first problem %+v", p)
	}
}
