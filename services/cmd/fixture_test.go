package cmd_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/services/cmd"
)

const now = "2026-01-15T12:00:00Z"

const definitions = `directories:
  db/{{tenant}}:
    alias: db
    files:
      dump-%Y%M%D.gz:
        alias: full
        schedule: 0 2 * * *
        purge: true
        retention-count: 2
        retention-age: 2d
`

// ran is what one run of the program left behind.
type ran struct {
	code     int
	out, err string
}

// backmon runs the program with an empty environment.
func backmon(t *testing.T, args ...string) ran {
	t.Helper()
	var out, err bytes.Buffer
	p := cmd.Program{Version: "1.2.3", Out: &out, Err: &err, Env: func(string) (string, bool) { return "", false }}
	code := p.Main(t.Context(), args)
	return ran{code, out.String(), err.String()}
}

// expect fails unless the program ended with code and printed all texts.
func (r ran) expect(t *testing.T, code int, texts ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d", r.code, code)
	}
	for _, text := range texts {
		if !strings.Contains(r.out+r.err, text) {
			t.Errorf("%q is missing", text)
		}
	}
	if t.Failed() {
		t.Logf("stdout:\n%s\nstderr:\n%s", r.out, r.err)
	}
}

// put writes a file below the folder, dated as its name says, and returns its path.
func put(t *testing.T, folder, name, content string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// disk is a folder with a dump of each of the days of January 2026, at 02:10.
func disk(t *testing.T, definitions string, days ...int) string {
	t.Helper()
	folder := t.TempDir()
	put(t, folder, "backup_definitions.yaml", definitions)
	for _, day := range days {
		at := time.Date(2026, 1, day, 2, 10, 0, 0, time.UTC)
		path := put(t, folder, "db/a/dump-"+at.Format("20060102")+".gz", "content")
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// away moves to an empty folder, where no configuration lies.
func away(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	t.Chdir(folder)
	return folder
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
