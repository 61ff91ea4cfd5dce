package pattern

import (
	"fmt"
	"strings"
	"testing"
)

// spelled writes tokens as "column:kind text", so that a table can hold them.
func spelled(tokens []token) string {
	names := map[kind]string{literal: "literal", holder: "holder", capture: "capture", reference: "reference"}
	var list []string
	for _, t := range tokens {
		list = append(list, fmt.Sprintf("%d:%s %s", t.column, names[t.kind], t.text))
	}
	return strings.Join(list, ", ")
}

func TestLex(t *testing.T) {
	tests := []struct {
		text, want string
		problems   int
	}{
		{"", "", 0},
		{"abc", "1:literal abc", 0},
		{"%Y", "1:holder %Y", 0},
		{"a%Yb", "1:literal a, 2:holder %Y, 4:literal b", 0},
		{"%Y%M%D", "1:holder %Y, 3:holder %M, 5:holder %D", 0},
		{"100%%-%Y", "1:literal 100%-, 7:holder %Y", 0},
		{"%%%%", "1:literal %%", 0},
		{"%%Y", "1:literal %Y", 0},
		{"%%%Y", "1:literal %, 3:holder %Y", 0},
		{"{{a}}", "1:capture {{a}}", 0},
		{"{{a}}{{b_2}}", "1:capture {{a}}, 6:capture {{b_2}}", 0},
		{"{a}", "1:literal {a}", 0},
		{"{{{a}}", "1:literal {, 2:capture {{a}}", 0},
		{"{{{{a}}}}", "1:literal {{, 3:capture {{a}}, 8:literal }}", 0},
		{"{ {a}}", "1:literal { {a}}", 0},
		{"${a}", "1:reference ${a}", 0},
		{"$${a}$", "1:literal $, 2:reference ${a}, 6:literal $", 0},
		{"${a:lower}.${a:x}", "1:reference ${a:lower}, 11:literal ., 12:reference ${a:x}", 0},
		{"$a{b}", "1:literal $a{b}", 0},
		{"ü%Y", "1:literal ü, 3:holder %Y", 0},
		{"a%q%Y", "1:literal a, 4:holder %Y", 1},
		{"a%qb", "1:literal ab", 1},
		{"%{{a}}", "2:capture {{a}}", 1},
		{"a{{b", "1:literal ab", 1},
		{"${b", "3:literal b", 1},
		{"{{}}%Y", "5:holder %Y", 1},
		{"{{ a }}${}%", "", 3},
		{"a\tb", "1:literal ab", 1},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			var problems Errors
			if got := spelled(lex(tt.text, 0, &problems)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if len(problems) != tt.problems {
				t.Errorf("problems %v", problems)
			}
		})
	}
}

func TestLexCountsColumnsFromTheOffset(t *testing.T) {
	var problems Errors
	if got, want := spelled(lex("a%Y%q", 10, &problems)), "11:literal a, 12:holder %Y"; got != want {
		t.Errorf("tokens %s, want %s", got, want)
	}
	if len(problems) != 1 || problems[0].Column != 14 {
		t.Errorf("problems %+v", problems)
	}
}

func TestIsName(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "_": true, "0": true, "aB_9": true,
		"": false, "a b": false, "a-b": false, "ä": false, "a:b": false, "a\x00": false, "%": false,
	} {
		if got := isName(name); got != want {
			t.Errorf("isName(%q) = %v", name, got)
		}
	}
}

func TestTokenTexts(t *testing.T) {
	tests := []struct{ pattern, written, described string }{
		{"100%%", "100%%", `"100%"`},
		{"%M", "%M", "%M (01-12)"},
		{"%A", "%A", `%A (anything without "/")`},
		{"{{a}}", "{{a}}", `{{a}} (anything without ".", "/" and "\")`},
	}
	for _, tt := range tests {
		tok := mustDirectory(t, tt.pattern).layers[0].tokens[0]
		if tok.String() != tt.written || tok.describe() != tt.described {
			t.Errorf("%s: written %q, described %q", tt.pattern, tok.String(), tok.describe())
		}
	}
	ref := mustDirectory(t, "{{a}}/${a:upper}").layers[1].tokens[0]
	if ref.String() != "${a:upper}" || ref.describe() != "${a:upper}" || ref.op != upper {
		t.Errorf("reference %+v", ref)
	}
}

func TestOperationsApply(t *testing.T) {
	tests := []struct {
		op          operation
		value, want string
	}{
		{asIs, "aBü", "aBü"}, {lower, "aBÜ", "abü"}, {upper, "aBü", "ABÜ"},
	}
	for _, tt := range tests {
		if got := tt.op.apply(tt.value); got != tt.want {
			t.Errorf("%d of %q is %q, want %q", tt.op, tt.value, got, tt.want)
		}
	}
}

// Each of these breaks one pattern once; together they must all be found, each
// at its place.
func TestEveryProblemOfAPatternIsFound(t *testing.T) {
	broken := []struct{ text, message string }{
		{"%q", `unknown placeholder "%q"`},
		{"%d", `unknown placeholder "%d"`},
		{"x%", "single %"},
		{"{{}}", "empty variable name"},
		{"{{a b}}", `bad variable name "a b"`},
		{"${}", "empty variable name"},
		{"${gone}", `undefined variable "gone"`},
		{"${v:flip}", `unknown operation "flip"`},
		{"{{v}}", `variable "v" is captured twice`},
		{"{{open", `unclosed "{{"`},
		{"${open", `unclosed "${"`},
		{"", "empty folder name"},
		{"..", `folder name ".."`},
		{"a\x01", `control character '\x01'`},
	}
	for i := range broken {
		for j := range broken {
			text := "{{v}}/" + broken[i].text + "/ok/" + broken[j].text + "/end"
			_, err := ParseDirectory(text)
			problems := errorList(t, err)
			if len(problems) != 2 || problems[0].Message != broken[i].message || problems[1].Message != broken[j].message {
				t.Errorf("%q: problems %v", text, err)
				continue
			}
			second := len("{{v}}/"+broken[i].text+"/ok/") + 1
			if problems[0].Column < 7 || problems[0].Column >= second || problems[1].Column < second {
				t.Errorf("%q: columns %d and %d", text, problems[0].Column, problems[1].Column)
			}
		}
	}
}

// Columns don't depend on what is ignored around a pattern, but count it.
func TestColumnsCountWhatIsIgnored(t *testing.T) {
	for _, around := range []string{"", "/", "./", "//", "/./", "///"} {
		_, err := ParseDirectory(around + "a/%q/")
		problems := errorList(t, err)
		if len(problems) != 1 || problems[0].Column != len(around)+3 {
			t.Errorf("%q: %v", around, err)
		}
	}
}
