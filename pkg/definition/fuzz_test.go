package definition_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/definition"
)

// FuzzDefinition checks what holds for any bytes at all.
func FuzzDefinition(f *testing.F) {
	for _, pattern := range []string{"testdata/errors/*.yaml", "testdata/conformance/*.yaml"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := definition.Parse(data, definition.Options{MaxBytes: 1 << 16})
		if err != nil && (len(d.Directories) > 0 || !backup.HasErrors(d.Problems)) {
			t.Errorf("error %v with directories %v and problems %v", err, d.Directories, d.Problems)
		}
		for _, p := range d.Problems {
			checkPlace(t, data, p)
		}
		checkSound(t, d)
		again, _ := definition.Parse(data, definition.Options{MaxBytes: 1 << 16})
		if diff := cmp.Diff(d.Problems, again.Problems); diff != "" {
			t.Errorf("the second reading differs:\n%s", diff)
		}
	})
}

// checkPlace checks that a problem points into the file. Its end is a place, too:
// for "---" YAML has an empty document on the line after it.
func checkPlace(t *testing.T, data []byte, p backup.Problem) {
	t.Helper()
	if p.Message == "" || p.Level != backup.Error && p.Level != backup.Warning {
		t.Errorf("incomplete problem %+v", p)
	}
	lines := bytes.Count(data, []byte("\n")) + bytes.Count(data, []byte("\r")) + 1 +
		bytes.Count(data, []byte("\u0085")) + bytes.Count(data, []byte("\u2028")) + bytes.Count(data, []byte("\u2029"))
	if p.Line < 0 || p.Line > lines+1 || p.Column < 0 || p.Column > len(data)+1 || p.Line == 0 && p.Column != 0 {
		t.Errorf("problem outside of the %d bytes and %d lines: %+v", len(data), lines, p)
	}
}

// checkSound checks that nothing is missing from what is said to be sound, that
// nothing is broken without an error, and that names are unique.
func checkSound(t *testing.T, d *backup.Definition) {
	t.Helper()
	broken := false
	aliases := map[string]bool{}
	for _, dir := range d.Directories {
		if dir.Broken == (dir.Pattern != nil) || aliases[dir.Alias] {
			t.Errorf("directory %+v", dir)
		}
		aliases[dir.Alias] = true
		broken = broken || dir.Broken
		files := map[string]bool{}
		for _, r := range dir.Rules {
			if !r.Broken && (r.Pattern == nil || r.Location == nil) || files[r.Alias] {
				t.Errorf("rule %+v", r)
			}
			files[r.Alias] = true
			broken = broken || r.Broken
		}
	}
	if broken && !backup.HasErrors(d.Problems) {
		t.Errorf("something is broken, but there is no error: %v", d.Problems)
	}
	backup.NewPlan(d) // must not panic
}
