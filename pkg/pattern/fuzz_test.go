package pattern

import (
	"errors"
	"strings"
	"testing"
)

// wantErrors checks what is true of every parse error.
func wantErrors(t *testing.T, text string, err error) {
	var problems Errors
	if !errors.As(err, &problems) || len(problems) == 0 {
		t.Fatalf("%q: error %v is not Errors", text, err)
	}
	last := 0
	for _, p := range problems {
		if p.Column < 1 || p.Column > len(text)+1 || p.Column < last || p.Message == "" || p.Hint == "" {
			t.Fatalf("%q: problem %+v", text, p)
		}
		last = p.Column
	}
}

func FuzzDirectory(f *testing.F) {
	for _, seed := range []string{"", ".", "./a/", "backups/{{client}}/%Y", "{{a}}-${a:upper}", "%q/%", "{{{a}}}", "a//../{{", "100%%", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDirectory(text)
		if (d == nil) == (err == nil) {
			t.Fatalf("%q: pattern %v and error %v", text, d, err)
		}
		if err != nil {
			wantErrors(t, text, err)
			return
		}
		again, err := ParseDirectory(d.String())
		if err != nil || again.String() != d.String() || again.Depth() != d.Depth() || again.Literal() != d.Literal() {
			t.Fatalf("%q became %q and then %v: %v", text, d, again, err)
		}
		if strings.Join(again.Variables(), " ") != strings.Join(d.Variables(), " ") {
			t.Fatalf("%q: variables %q and %q", text, d.Variables(), again.Variables())
		}
		if d.Literal() && len(d.Label()) > len(d.String()) {
			t.Fatalf("%q: label %q", text, d.Label())
		}
	})
}

func FuzzFile(f *testing.F) {
	for _, seed := range []string{"", "dump-%Y%M%D.sql", "${a}-${b:lower}", "{{a}}", "a/b", "${nope}", "%%%", "$${a}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := mustDirectory(t, "{{a}}/{{b}}")
		file, err := d.ParseFile(text)
		if (file == nil) == (err == nil) {
			t.Fatalf("%q: pattern %v and error %v", text, file, err)
		}
		if err != nil {
			wantErrors(t, text, err)
			return
		}
		if file.String() != text {
			t.Fatalf("%q became %q", text, file)
		}
	})
}

func FuzzMatch(f *testing.F) {
	f.Add("b/{{c}}/%Y", "${c}-%M.gz", "b/x/2026/x-01.gz", "b/x/2026/")
	f.Add(".", "%A%A%A", "ü", "/")
	f.Add("{{a}}${a}", "${a:upper}", "xx/X", "xx/X/")
	f.Add("%i%I%x/%w%v", "%A", "012f/a_-/..", "012f/a_-")
	f.Fuzz(func(t *testing.T, directory, file, key, before string) {
		d, err := ParseDirectory(directory)
		if err != nil {
			return
		}
		p, err := d.ParseFile(file)
		if err != nil {
			return
		}
		set := NewSet([]Rules{{Directory: d, Files: []*File{p}}})
		m := set.Matcher()
		m.Match(before)
		hits := len(m.Match(key).Hits)
		if fresh := len(set.Matcher().Match(key).Hits); fresh != hits {
			t.Fatalf("%d hits after %q, %d without", hits, before, fresh)
		}
		checkHit(t, set, key, hits)
	})
}

// checkHit checks that the explanations of a key agree with its hits.
func checkHit(t *testing.T, set *Set, key string, hits int) {
	near, ok := set.Nearest(key)
	if !ok || near.Offset > len(key) {
		t.Fatalf("nearest %+v, %v", near, ok)
	}
	if (near.Expected == "") != (hits == 1) {
		t.Fatalf("%d hits, but nearest is %+v", hits, near)
	}
	prefix, dead := set.DeadPrefix(key)
	if !strings.HasPrefix(key, prefix) || (dead && hits > 0) {
		t.Fatalf("%d hits, but %q is dead", hits, prefix)
	}
	if dead {
		if shorter, still := set.DeadPrefix(prefix); !still || shorter != prefix {
			t.Fatalf("dead prefix %q of itself is %q", prefix, shorter)
		}
		if _, early := set.DeadPrefix(prefix[:max(0, len(prefix)-1)]); early {
			t.Fatalf("dead prefix %q is not the shortest", prefix)
		}
	}
}
