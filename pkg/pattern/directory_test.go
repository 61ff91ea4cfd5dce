package pattern

import (
	"strings"
	"testing"
)

func TestParseDirectoryNormalises(t *testing.T) {
	tests := []struct {
		text, want string
		depth      int
		variables  string
		literal    bool
		label      string
	}{
		{"", ".", 0, "", true, "."},
		{".", ".", 0, "", true, "."},
		{"/", ".", 0, "", true, "."},
		{"./", ".", 0, "", true, "."},
		{"//", ".", 0, "", true, "."},
		{"d1", "d1", 1, "", true, "d1"},
		{"./d2/", "d2", 1, "", true, "d2"},
		{"/d3", "d3", 1, "", true, "d3"},
		{"//d4//", "d4", 1, "", true, "d4"},
		{"a/b.c/d e", "a/b.c/d e", 3, "", true, "a/b.c/d e"},
		{"100%%/x", "100%%/x", 2, "", true, "100%/x"},
		{"...", "...", 1, "", true, "..."},
		{"backups/{{client}}/{{env}}/", "backups/{{client}}/{{env}}", 3, "client env", false, "backups/{{client}}/{{env}}"},
		{"b/{{client}}/%Y/%M", "b/{{client}}/%Y/%M", 4, "client", false, "b/{{client}}/%Y/%M"},
		{"%Y", "%Y", 1, "", false, "%Y"},
		{"{{a}}/${a:upper}-%%", "{{a}}/${a:upper}-%%", 2, "a", false, "{{a}}/${a:upper}-%%"},
		{"{{{a}}}", "{{{a}}}", 1, "a", false, "{{{a}}}"},
		{"r-[a](b)+.s", "r-[a](b)+.s", 1, "", true, "r-[a](b)+.s"},
		{"ü/日本", "ü/日本", 2, "", true, "ü/日本"},
		{`a\b`, `a\b`, 1, "", true, `a\b`},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			d := mustDirectory(t, tt.text)
			if d.String() != tt.want || d.Depth() != tt.depth || d.Literal() != tt.literal || d.Label() != tt.label {
				t.Errorf("pattern %q, depth %d, literal %v, label %q", d, d.Depth(), d.Literal(), d.Label())
			}
			if got := strings.Join(d.Variables(), " "); got != tt.variables {
				t.Errorf("variables %q, want %q", got, tt.variables)
			}
			if again := mustDirectory(t, d.String()); again.String() != tt.want {
				t.Errorf("parsed again it is %q", again)
			}
		})
	}
}

func TestVariablesAreACopy(t *testing.T) {
	d := mustDirectory(t, "{{a}}")
	d.Variables()[0] = "changed"
	if got := d.Variables()[0]; got != "a" {
		t.Errorf("variable is %q", got)
	}
}

func TestFuseLabels(t *testing.T) {
	tests := []struct {
		name, directory string
		fuse            []string
		key, want       string
	}{
		{"nothing", "a/{{client}}/{{shard}}", nil, "a/x/s1/f", "a/x/s1"},
		{"variable", "a/{{client}}/{{shard}}", []string{"shard"}, "a/x/s1/f", "a/x/{{shard}}"},
		{"placeholders", "b/{{client}}/%Y/%M", []string{"%Y", "%M"}, "b/x/2026/01/f", "b/x/%Y/%M"},
		{"every occurrence", "%Y/%Y-%M", []string{"%Y"}, "2026/2026-01/f", "%Y/%Y-01"},
		{"references", "{{a}}/x${a:upper}", []string{"a"}, "b/xB/f", "{{a}}/x${a:upper}"},
		{"part of a name", "n-{{a}}-%i.d", []string{"%i"}, "n-x-7.d/f", "n-x-%i.d"},
		{"percent sign", "100%%/{{a}}", []string{"a"}, "100%/x/f", "100%/{{a}}"},
		{"twice", "{{a}}", []string{"a", "a"}, "x/f", "{{a}}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := mustRules(t, tt.directory, "%A")
			if err := r.Directory.Fuse(tt.fuse); err != nil {
				t.Fatal(err)
			}
			hits := NewSet([]Rules{r}).Matcher().Match(tt.key).Hits
			if len(hits) != 1 || hits[0].Group.Name != tt.want {
				t.Errorf("hits %+v, want group %q", hits, tt.want)
			}
			if r.Directory.String() != tt.directory {
				t.Errorf("pattern became %q", r.Directory)
			}
		})
	}
}

func TestFuseUnknownNames(t *testing.T) {
	tests := []struct {
		directory string
		fuse      []string
		want      Errors
	}{
		{"a/{{client}}/%Y/%Y", []string{"nope"}, Errors{{0, `nothing to fuse is called "nope"`, "what can be fused: client, %Y"}}},
		{"a/{{client}}", []string{"Client"}, Errors{{0, `nothing to fuse is called "Client"`, `did you mean "client"?`}}},
		{"a/{{client}}", []string{"{{client}}"}, Errors{{0, `nothing to fuse is called "{{client}}"`, `did you mean "client"?`}}},
		{"a/b", []string{"x"}, Errors{{0, `nothing to fuse is called "x"`, "the directory pattern has no variables or placeholders"}}},
		{"a/b", []string{""}, Errors{{0, `nothing to fuse is called ""`, "the directory pattern has no variables or placeholders"}}},
		{"{{a}}/%M", []string{"bcde", "a", "%m"}, Errors{
			{0, `nothing to fuse is called "bcde"`, "what can be fused: a, %M"},
			{0, `nothing to fuse is called "%m"`, `did you mean "%M"?`},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.directory+" "+strings.Join(tt.fuse, " "), func(t *testing.T) {
			wantErrorList(t, mustDirectory(t, tt.directory).Fuse(tt.fuse), tt.want)
		})
	}
}

func TestFilePatterns(t *testing.T) {
	d := mustDirectory(t, "in/{{Client}}")
	for _, text := range []string{
		"dump-%Y%M%D.sql", "low_${Client:lower}.gz", "up_${Client:upper}.gz", "same_${Client}.gz",
		"p-100%%.s", "$", "{", "}}", "$(x)", "${Client}${Client:lower}", " a b ", ".", "..x",
	} {
		f := mustFile(t, d, text)
		if f.String() != text {
			t.Errorf("%q became %q", text, f)
		}
	}
}
