package link_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/link"
)

func TestSegment(t *testing.T) {
	for name, want := range map[string]string{
		"":                "=",
		"nightly":         "nightly",
		"dump-%Y%M%D.sql": "dump-=25Y=25M=25D.sql",
		"postgres/acme":   "postgres=2Facme",
		".":               "=2E",
		"..":              "=2E.",
		".hidden":         "=2Ehidden",
		"a.b":             "a.b",
		"=":               "=3D",
		"a b\n":           "a=20b=0A",
		"ü":               "%C3%BC",
		"\xff":            "%FF",
		`<script>"'&?#;\`: "=3Cscript=3E=22=27=26=3F=23=3B=5C",
	} {
		if got := link.Segment(name); got != want {
			t.Errorf("segment of %q is %q, want %q", name, got, want)
		}
	}
}

func TestNameErrors(t *testing.T) {
	for _, segment := range []string{"=2", "a=", "==", "=2g", "=2e"} {
		if name, err := link.Name(segment); err == nil {
			t.Errorf("%q is read as %q", segment, name)
		}
	}
}

// follow asks a real server for a path, as a browser does: it resolves "." and
// ".." in every spelling before.
func follow(t *testing.T, path string) (names [5]string, status int) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /series/{a}/{b}/{c}/{d}/{e}", func(_ http.ResponseWriter, r *http.Request) {
		for i, key := range []string{"a", "b", "c", "d", "e"} {
			name, err := link.Name(r.PathValue(key))
			if err != nil {
				t.Errorf("%q: %v", path, err)
			}
			names[i] = name
		}
	})
	base, err := url.Parse("http://host/")
	if err != nil {
		t.Fatal(err)
	}
	target, err := base.Parse(path)
	if err != nil {
		t.Fatalf("%q is no URL: %v", path, err)
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target.String(), nil))
	return names, w.Code
}

func FuzzSeries(f *testing.F) {
	f.Add("prod", "db", "postgres", "nightly", "postgres/acme")
	f.Add("", ".", "..", "a//b", "\xff\x00\u202e")
	f.Add("%2e", "%2E%2E", "=2E", "a/../b", "<script>\"'")
	f.Fuzz(func(t *testing.T, environment, disk, directory, file, group string) {
		id := backup.SeriesID{Environment: environment, Disk: disk, Directory: directory, File: file, Group: group}
		names, status := follow(t, link.Series(id))
		if want := [5]string{environment, disk, directory, file, group}; names != want || status != http.StatusOK {
			t.Errorf("%d, names %q, want %q", status, names, want)
		}
	})
}

func TestDisk(t *testing.T) {
	if got := link.Disk("prod", "a/b"); got != "/disks/prod/a=2Fb" {
		t.Errorf("path %q", got)
	}
}
