package api_test

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
)

// badgeText reads the texts of a badge, which must be well-formed XML without
// anything that acts.
func badgeText(t *testing.T, svg string) string {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(svg))
	var texts []string
	within := ""
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return strings.Join(texts, "|")
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		switch token := token.(type) {
		case xml.StartElement:
			within = token.Name.Local
			if !slices.Contains([]string{"svg", "title", "clipPath", "rect", "g", "text"}, within) {
				t.Errorf("an element %q", within)
			}
			for _, a := range token.Attr {
				if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") || strings.Contains(a.Name.Local, "href") {
					t.Errorf("an attribute %q", a.Name.Local)
				}
			}
		case xml.CharData:
			if within == "text" && len(token) > 0 {
				texts = append(texts, string(token))
			}
		}
	}
}

func TestBadges(t *testing.T) {
	f := some(t)
	const series = "/api/v1/series/prod/db/postgres/nightly/"
	for _, c := range []struct{ target, want, colour string }{
		{series + "a/badge.svg", "a|OK", "#1a7f37"},
		{series + "b=2Fc/badge.svg", "b/c|MISSING EMPTY TOO_FEW", "#b3261e"},
		{series + "a/badge.svg?label=my+backup", "my backup|OK", "#1a7f37"},
		{"/api/v1/series/prod/db/postgres/broken/d/badge.svg", "d|UNKNOWN", "#57606a"},
		{"/api/v1/disks/prod/db/badge.svg", "db|1 critical, 1 unknown, 1 ok", "#b3261e"},
		{"/api/v1/disks/test/db/badge.svg", "db|1 ok", "#1a7f37"},
		{"/api/v1/disks/prod/gone/badge.svg", "gone|unknown", "#57606a"},
	} {
		t.Run(c.target, func(t *testing.T) {
			got := f.get(t, c.target)
			if text := badgeText(t, got.body); text != c.want || !strings.Contains(got.body, `fill="`+c.colour+`"`) {
				t.Errorf("%q in %s", text, got.body)
			}
			if cache := got.header.Get("Cache-Control"); cache != "private, max-age=60" {
				t.Errorf("Cache-Control %q", cache)
			}
		})
	}
}

// A label is shown, not obeyed.
func TestBadgeLabels(t *testing.T) {
	f := some(t)
	for label, want := range map[string]string{
		`<script>alert(1)</script>`: `<script>alert(1)</script>|OK`,
		`" onload="alert(1)`:        `" onload="alert(1)|OK`,
		"a\nb\u202ec\xff":           `a\nb\u202ec\xff|OK`,
		strings.Repeat("x", 400):    strings.Repeat("x", 59) + "…|OK",
		"&lt;":                      "&lt;|OK",
	} {
		got := f.get(t, "/api/v1/series/prod/db/postgres/nightly/a/badge.svg?label="+strings.ReplaceAll(link.Segment(label), "=", "%"))
		if text := badgeText(t, got.body); text != want {
			t.Errorf("%q, want %q", text, want)
		}
	}
}

func TestDiskBadgeTellsOfTheDisk(t *testing.T) {
	f := newFixture(t, boardtest.DiskEvent(boardtest.UnseenDisk("db")), boardtest.SeriesEvent(boardtest.Status("a")), current())
	if text := badgeText(t, f.get(t, "/api/v1/disks/prod/db/badge.svg").body); text != "db|unknown, 1 ok" {
		t.Errorf("%q", text)
	}
}
