package api_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
)

// hostile are names that files may have.
func hostile() []string {
	return []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'";--`, "a\nevent: current\ndata: {}\n\n", "a\r\nSet-Cookie: x=y",
		"\u202egpj.exe", "\xff\xfe", "a\x00b", ".", "..", "../../etc/passwd", "/", "//", "a/b/", "", "=", "=2F", "a=b", "%2F", "%", "v1", "a b+c",
		"\u2028\u2029", "ünï/日本", strings.Repeat("long/", 60), strings.Repeat("\xff", 300), "?x=1#y", "]]>", "&amp;", "{group}", "badge.svg", ";a", "\ufeff",
	}
}

// exact is a name as a document has it: its base64 where there is one.
func exact(t *testing.T, text, base string) string {
	t.Helper()
	if base == "" {
		return text
	}
	raw, err := base64.StdEncoding.DecodeString(base)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// hostileSeries has the name everywhere that it can be.
func hostileSeries(name string) backup.Status {
	s := boardtest.Status(name)
	s.Files.Latest.Key = name
	s.Reasons = []backup.Reason{{Code: "OK", Text: name}}
	if text := strings.ToValidUTF8(name, "\uFFFD"); text != "" {
		s.Series.Directory, s.Series.File = text, text
		s.Policy.Labels = map[string]string{"team": text}
	}
	return s
}

// named is a document of a series.
type named struct {
	Directory, File, Group string
	Group_Base64           string //nolint:revive // as the JSON has it
	URL, Badge_URL         string //nolint:revive // as the JSON has it
	Latest                 struct {
		Key        string
		Key_Base64 string //nolint:revive // as the JSON has it
	}
}

// Every name is found again, as it is, by the list, by its path, by filters and by
// upstream's path.
func TestHostileNames(t *testing.T) {
	f := newFixture(t, current())
	for _, name := range hostile() {
		f.board.Apply(boardtest.SeriesEvent(hostileSeries(name)))
	}
	found := map[string]named{}
	for _, s := range decode[struct{ Series []named }](t, f.get(t, "/api/v1/statuses?limit=1000")).Series {
		found[exact(t, s.Group, s.Group_Base64)] = s
	}
	for _, name := range hostile() {
		s, ok := found[name]
		if !ok {
			t.Errorf("%q is not in the list", name)
			continue
		}
		one := decode[named](t, f.get(t, s.URL))
		if exact(t, one.Group, one.Group_Base64) != name || exact(t, one.Latest.Key, one.Latest.Key_Base64) != name || !utf8.ValidString(one.Group) {
			t.Errorf("%q is shown as %+v", name, one)
		}
		badgeText(t, f.get(t, one.Badge_URL).body)
		series := hostileSeries(name).Series
		filtered := decode[struct{ Total int }](t, f.get(t, "/api/v1/statuses?"+url.Values{"group": {name}, "directory": {series.Directory}}.Encode()))
		if filtered.Total != 1 {
			if name != "" {
				t.Errorf("the filter finds %d series %q", filtered.Total, name)
			}
		}
		path := "/api/db/" + pathEscape(series.Directory) + "/" + pathEscape(series.File) + "/" + pathEscape(name)
		want := "file of prod:db " + name
		if name == "" { // a slash at the end ends upstream's path
			continue
		}
		if got := f.get(t, path); got.body != want {
			t.Errorf("%s: %d %q, want %q", path, got.status, got.body, want)
		}
	}
}

// pathEscape escapes every byte, so that nobody on the way may take a name for
// something else.
func pathEscape(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		b.WriteString("%" + strings.ToUpper(string("0123456789abcdef"[c>>4])+string("0123456789abcdef"[c&15])))
	}
	return b.String()
}

// A name can't end an event, nor begin one.
func TestHostileEvents(t *testing.T) {
	f := newFixture(t, current())
	s := f.connect(t, "", "")
	s.until("current")
	for _, name := range hostile() {
		f.board.Apply(boardtest.SeriesEvent(hostileSeries(name)))
		e, ok := s.next()
		if !ok || e.name != "series" {
			t.Fatalf("%q: told %+v", name, e)
		}
		var n named
		if err := json.Unmarshal([]byte(e.data), &n); err != nil || exact(t, n.Group, n.Group_Base64) != name {
			t.Errorf("%q is told as %s", name, e.data)
		}
	}
}

// Paths that are made to go elsewhere lead nowhere.
func TestHostilePaths(t *testing.T) {
	f := some(t)
	for _, path := range []string{
		"/api/v1/../../etc/passwd", "/api/v1/%2e%2e/statuses", "/api/v1//statuses", "/api/v1/./statuses", "/api/v1/statuses/..", "/api/v1/series/prod/db/postgres/nightly/..",
		"/api/v1/disks/prod/db/../db", "/api/v1/disks/%00/%ff", "/api/v1/" + strings.Repeat("a/", 2000), "/api/db/..", "/api/db/%2e%2e/%2e%2e", "/api/db/postgres/nightly/a/..",
	} {
		got := f.get(t, path)
		if got.status != 404 {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
		if strings.Contains(got.body, "\x00") || !utf8.ValidString(got.body) {
			t.Errorf("%s: the answer repeats it raw: %q", path, got.body)
		}
	}
}
