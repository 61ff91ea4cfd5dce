package page_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// node is an element or text of a page.
type node = html.Node

// answer is what a browser gets.
type answer struct {
	status int
	header http.Header
	text   string
	root   *html.Node
}

// ask makes a request as a browser does.
func ask(t *testing.T, h http.Handler, method, path string, form url.Values, header ...string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Accept", "text/html,application/xhtml+xml")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	root, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	return answer{w.Code, w.Header(), w.Body.String(), root}
}

func get(t *testing.T, h http.Handler, path string) answer {
	t.Helper()
	return ask(t, h, http.MethodGet, path, nil)
}

// each visits the elements of a page.
func (a answer) each(visit func(*html.Node)) {
	for n := range a.root.Descendants() {
		if n.Type == html.ElementNode {
			visit(n)
		}
	}
}

// all returns the elements for which wanted holds.
func (a answer) all(wanted func(*html.Node) bool) []*html.Node {
	var found []*html.Node
	a.each(func(n *html.Node) {
		if wanted(n) {
			found = append(found, n)
		}
	})
	return found
}

// attribute is the value of an attribute; empty without it.
func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// class finds elements by a class.
func class(name string) func(*html.Node) bool {
	return func(n *html.Node) bool {
		return strings.Contains(" "+attribute(n, "class")+" ", " "+name+" ")
	}
}

// words is the text below an element, with single spaces.
func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.Data != "title" {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// main is the text of the main part.
func (a answer) main(t *testing.T) string {
	t.Helper()
	found := a.all(func(n *html.Node) bool { return attribute(n, "id") == "main" })
	if len(found) != 1 {
		t.Fatalf("%d main parts", len(found))
	}
	return words(found[0])
}

// link finds the path of the link with that text.
func (a answer) link(t *testing.T, text string) string {
	t.Helper()
	for _, n := range a.all(func(n *html.Node) bool { return n.Data == "a" }) {
		if words(n) == text {
			return attribute(n, "href")
		}
	}
	t.Fatalf("there is no link %q", text)
	return ""
}
