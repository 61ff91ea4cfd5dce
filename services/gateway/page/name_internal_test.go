package page

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestName(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain", "postgres/acme", "<bdi>postgres/acme</bdi>"},
		{"letters of the world", "ü 日本 é", "<bdi>ü 日本 é</bdi>"},
		{"empty", "", `<bdi><span class="esc">(empty)</span></bdi>`},
		{"markup", `<script>"'&`, "<bdi>&lt;script&gt;&#34;&#39;&amp;</bdi>"},
		{"right to left override", "a\u202eb", `<bdi>a<span class="esc">\u202e</span>b</bdi>`},
		{"line break", "a\nb", `<bdi>a<span class="esc">\n</span>b</bdi>`},
		{"no UTF-8", "a\xff", `<bdi>a<span class="esc">\xff</span></bdi>`},
		{"zero width", "a\u200bb", `<bdi>a<span class="esc">\u200b</span>b</bdi>`},
		{"spaces at the edges", " a b  ", `<bdi><span class="esc">\x20</span>a b<span class="esc">\x20</span><span class="esc">\x20</span></bdi>`},
		{"only spaces", "  ", `<bdi><span class="esc">\x20</span><span class="esc">\x20</span></bdi>`},
		{"a backslash that is one", `a\n`, `<bdi>a\n</bdi>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(name(c.text)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// Whatever a name is, it becomes text, and no element or attribute but ours.
func FuzzVisible(f *testing.F) {
	for _, seed := range []string{"", "a", "<b onclick=x>", "\xff</bdi>", "\u202e", "&lt;", " x ", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, shown := range []string{string(visible(text)), string(code(text))} {
			tokens := html.NewTokenizer(strings.NewReader(shown))
			for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
				token := tokens.Token()
				if kind == html.StartTagToken && (token.Data != "span" || len(token.Attr) != 1 || token.Attr[0] != html.Attribute{Key: "class", Val: "esc"}) {
					t.Fatalf("%q became %s", text, shown)
				}
				if kind == html.CommentToken || kind == html.DoctypeToken || kind == html.SelfClosingTagToken {
					t.Fatalf("%q became %s", text, shown)
				}
			}
		}
	})
}
