package download_test

import (
	"mime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/backmon/backmon/services/gateway/download"
)

func TestDisposition(t *testing.T) {
	for key, want := range map[string]string{
		"dump.gz":            `attachment; filename="dump.gz"`,
		"db/a/dump.gz":       `attachment; filename="dump.gz"`,
		"a b;c,d=e.gz":       `attachment; filename="a b;c,d=e.gz"`,
		"größe.gz":           `attachment; filename="gr__e.gz"; filename*=UTF-8''gr%C3%B6%C3%9Fe.gz`,
		"\U0001F600.gz":      `attachment; filename="_.gz"; filename*=UTF-8''%F0%9F%98%80.gz`,
		`x".exe`:             `attachment; filename="x_.exe"; filename*=UTF-8''x%22.exe`,
		`x\".exe`:            `attachment; filename="x__.exe"; filename*=UTF-8''x_%22.exe`,
		"a%22.gz":            `attachment; filename="a_22.gz"; filename*=UTF-8''a%2522.gz`,
		"a\r\nSet-Cookie: x": `attachment; filename="a__Set-Cookie: x"`,
		"a\x00b":             `attachment; filename="a_b"`,
		"a\u202egpj.exe":     `attachment; filename="a_gpj.exe"`,
		"a\u2066\u200f.gz":   `attachment; filename="a__.gz"`,
		"a\xff.gz":           `attachment; filename="a_.gz"`,
		"a\uFFFD.gz":         `attachment; filename="a_.gz"; filename*=UTF-8''a%EF%BF%BD.gz`,
		`..\..\boot.ini`:     `attachment; filename=".._.._boot.ini"`,
		"a'b(c)*.gz":         `attachment; filename="a'b(c)*.gz"`,
		"<script>":           `attachment; filename="<script>"`,
		"..":                 `attachment; filename="file"`,
		"a/":                 `attachment; filename="file"`,
		"":                   `attachment; filename="file"`,
	} {
		if got := download.Disposition(key); got != want {
			t.Errorf("%q:\n got %s\nwant %s", key, got, want)
		}
	}
}

// FuzzDisposition: whatever the key, the header is one that is read as an
// attachment with one harmless name.
func FuzzDisposition(f *testing.F) {
	for _, key := range []string{"a/b.gz", "ö\"\\\n\u202e\xff", "..", `a%00"; filename="b`, "=?utf-8?q?a?="} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		header := download.Disposition(key)
		if i := strings.IndexFunc(header, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
			t.Fatalf("%q is not printable ASCII", header)
		}
		kind, parameters, err := mime.ParseMediaType(header)
		if err != nil || kind != "attachment" || len(parameters) != 1 {
			t.Fatalf("%q is read as %q, %q, %v", header, kind, parameters, err)
		}
		name := parameters["filename"]
		if name == "" || strings.ContainsAny(name, "/\\") || strings.Trim(name, ".") == "" || !utf8.ValidString(name) ||
			strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
			t.Errorf("%q names %q", header, name)
		}
		if plain := strings.TrimFunc(key, func(r rune) bool { return 'a' <= r && r <= 'z' }); plain == "" && key != "" && name != key {
			t.Errorf("%q becomes %q", key, name)
		}
	})
}
