package page

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"strconv"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/prose"
)

// docs is where the documentation is read.
const docs = "https://github.com/backmon/backmon/blob/main/docs/"

// pages are the templates that fill the layout's main part.
func pages() []string {
	return []string{"overview", "list", "series", "disk", "holds", "incidents", "audit", "error"}
}

func (p *Page) parseTemplates() (map[string]*template.Template, error) {
	layout, err := template.New("").Funcs(p.functions()).ParseFS(embedded, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, fmt.Errorf("parse templates: %w", err)
	}
	all := map[string]*template.Template{}
	for _, name := range pages() {
		t, err := layout.Clone()
		if err == nil {
			t, err = t.ParseFS(embedded, "templates/"+name+".html")
		}
		if err != nil {
			return nil, fmt.Errorf("parse template %q: %w", name, err)
		}
		all[name] = t
	}
	return all, nil
}

func (p *Page) functions() template.FuncMap {
	return template.FuncMap{
		"asset": p.assets.link, "name": name, "visible": visible, "code": code, "plain": prose.Clean,
		"size": backup.FormatSize, "number": func(n int) string { return thousands(int64(n)) }, "count": countAny, "held": newHeldTable,
		"doc": func(file string) string { return docs + file },
	}
}

// view is what a template is filled with.
type view struct {
	Frame frame
	Page  any
}

// render answers with a page, made as a whole before the first byte is sent: an
// error leaves no half of one.
func (p *Page) render(w http.ResponseWriter, r *http.Request, status int, template string, v view) {
	var out bytes.Buffer
	if err := p.templates[template].ExecuteTemplate(&out, "layout", v); err != nil {
		p.log.Error("a page can't be made", zap.String("path", r.URL.Path), zap.Error(err))
		http.Error(w, "the page can't be made; the log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(out.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // the client is gone: nobody is left to tell
}

// countAny is count for templates.
func countAny(n any, one, many string) (string, error) {
	switch n := n.(type) {
	case int:
		return count(n, one, many), nil
	case int64:
		return count(n, one, many), nil
	default:
		return "", fmt.Errorf("%v is no number", n)
	}
}

// count writes a number with its noun: "1 backup", "1,204 backups".
func count[N ~int | ~int32 | ~int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(int64(n)) + " " + many
}
