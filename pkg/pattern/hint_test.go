package pattern

import (
	"strings"
	"testing"
	"time"
)

// goodBefore and goodBehind stand around what is broken; multi-byte text, escapes
// and tokens must not shift its column.
var (
	goodBefore = []string{"", "a", "é€😀-", "%%", "%Y-%M-", "{{first}}/", "ü/{{first}}-${first:upper}/日本-", "./x/", "//x/"}
	goodBehind = []string{"", "z", "-%D", "/é/%h", "/{{last}}${last}"}
)

func TestColumnsAreBytesOfThePattern(t *testing.T) {
	for _, c := range []struct {
		broken, message string
		offset          int
	}{
		{"%q", `unknown placeholder "%q"`, 0},
		{"é%q", `unknown placeholder "%q"`, 2},
		{"%é", `unknown placeholder "%é"`, 0},
		{"%%%q", `unknown placeholder "%q"`, 2},
		{"%{{ok}}", "single %", 0},
		{"é\x1f", `control character '\x1f'`, 2},
		{"😀\xff", "byte 0xff is not UTF-8", 4},
		{"{{}}", "empty variable name", 0},
		{"{{{}}", "empty variable name", 1},
		{"{{ä}}", `bad variable name "ä"`, 0},
		{"{{one}}{{one}}", `variable "one" is captured twice`, 7},
		{"€${unknown}", `undefined variable "unknown"`, 3},
		{"{{one}}${one:title}", `unknown operation "title"`, 7},
	} {
		t.Run(c.broken, func(t *testing.T) {
			for _, before := range goodBefore {
				for _, behind := range goodBehind {
					_, err := ParseDirectory(before + c.broken + behind)
					got := errorList(t, err)
					if want := len(before) + c.offset + 1; len(got) != 1 || got[0].Message != c.message || got[0].Column != want {
						t.Errorf("%q: %+v, want %q in column %d", before+c.broken+behind, got, c.message, want)
					}
				}
			}
		})
	}
}

// Whoever writes what a hint says has one problem less.
func TestHintsCanBeFollowed(t *testing.T) {
	for _, c := range []struct {
		name, directory, broken, hint, fixed string
	}{
		{"placeholder in the other case", "{{client}}", "x-%d", "did you mean %D?", "x-%D"},
		{"a percent sign at the end", "{{client}}", "100%", "write %% for a percent sign", "100%%"},
		{"a percent sign before a variable", "{{client}}", "%${client}", "write %% for a percent sign", "%%${client}"},
		{"letters swapped", "{{client}}", "${cilent}", "did you mean ${client}?", "${client}"},
		{"a letter too few", "{{client}}", "${clent}.gz", "did you mean ${client}?", "${client}.gz"},
		{"case", "{{client}}", "${CLIENT}", "did you mean ${client}?", "${client}"},
		{"case is nearer than a letter", "{{clients}}/{{client}}", "${Client}", "did you mean ${client}?", "${client}"},
		{"blanks in a reference", "{{client}}", "${ client }", "did you mean ${client}?", "${client}"},
		{"operation", "{{client}}", "${client:lwoer}", "did you mean lower or upper?", "${client:lower}"},
		{"capture in a file", "{{client}}", "{{client}}", "use ${client}: variables are captured in directory names", "${client}"},
		{"unclosed", "{{client}}", "${client", `close it with "}"`, "${client}"},
		{"nothing near", "{{client}}/{{env}}", "${tenant}", "defined are client, env", "${env}"},
		{"slash", "{{client}}", "x/y", "put folders into the directory pattern", "y"},
		{"control character", "{{client}}", "x\ty", "remove it", "xy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := mustDirectory(t, c.directory)
			_, err := d.ParseFile(c.broken)
			if got := errorList(t, err); len(got) != 1 || got[0].Hint != c.hint {
				t.Errorf("problems %+v, want the hint %q", got, c.hint)
			}
			mustFile(t, d, c.fixed)
		})
	}
}

func TestHintsOfFuseCanBeFollowed(t *testing.T) {
	for _, c := range []struct{ name, hint, fixed string }{
		{"sahrd", `did you mean "shard"?`, "shard"},
		{"{{shrd}}", `did you mean "shard"?`, "shard"},
		{"${Shard}", `did you mean "shard"?`, "shard"},
		{" shard", `did you mean "shard"?`, "shard"},
		{"%y", `did you mean "%Y"?`, "%Y"},
		{"something", "what can be fused: client, shard, %Y", "client"},
		{"", "what can be fused: client, shard, %Y", "%Y"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := mustDirectory(t, "{{client}}/{{shard}}/%Y")
			if got := errorList(t, d.Fuse([]string{c.name})); len(got) != 1 || got[0].Hint != c.hint {
				t.Errorf("problems %+v, want the hint %q", got, c.hint)
			}
			if err := d.Fuse([]string{c.fixed}); err != nil {
				t.Error(err)
			}
		})
	}
	wantErrorList(t, mustDirectory(t, "a/b").Fuse([]string{"x"}), Errors{
		{0, `nothing to fuse is called "x"`, "the directory pattern has no variables or placeholders"},
	})
}

// A pattern of nothing but problems must not cost much, nor fill a screen per
// byte.
func TestHostilePatternsHaveBoundedProblems(t *testing.T) {
	var names strings.Builder
	for i := range MaxVariables {
		names.WriteString("{{" + strings.Repeat("v", 10) + string(rune('a'+i%26)) + strings.Repeat("w", i/26) + "}}")
	}
	for _, c := range []struct{ name, directory, file string }{
		{"unknown placeholders", ".", strings.Repeat("%q", MaxLength/2)},
		{"single percent signs", ".", strings.Repeat("%{", MaxLength/2)},
		{"undefined variables", names.String(), strings.Repeat("${x}", MaxLength/4)},
		{"undefined variables, nearly defined", names.String(), strings.Repeat("${vvvvvvvvv9}", MaxLength/13)},
		{"undefined variables without any defined", ".", strings.Repeat("${x}", MaxLength/4)},
		{"a long undefined variable", names.String(), "${" + strings.Repeat("v", MaxLength-3) + "}"},
		{"unclosed", ".", strings.Repeat("${", MaxLength/2)},
		{"empty names", ".", strings.Repeat("{{}}", MaxLength/4)},
		{"not UTF-8", ".", strings.Repeat("\xff", MaxLength)},
		{"control characters", ".", strings.Repeat("\x00", MaxLength)},
		{"slashes", ".", strings.Repeat("/", MaxLength)},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := mustDirectory(t, c.directory)
			start := time.Now()
			_, err := d.ParseFile(c.file)
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
			list := errorList(t, err)
			if len(list) == 0 || len(list) > MaxLength {
				t.Fatalf("%d problems", len(list))
			}
			if size := len(err.Error()); size > 200*MaxLength {
				t.Errorf("the problems have %d bytes", size)
			}
		})
	}
}
