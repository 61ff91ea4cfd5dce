package page

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed static templates
var embedded embed.FS

// asset is one file that pages refer to. Its path holds a hash of its content, so
// that browsers may keep it for good.
type asset struct {
	path, contentType string
	data              []byte
}

// assets are the files by their names, and by the last part of their paths.
type assets struct{ byName, byFile map[string]*asset }

func readAssets() (assets, error) {
	all := assets{map[string]*asset{}, map[string]*asset{}}
	entries, err := fs.ReadDir(embedded, "static")
	if err != nil {
		return all, fmt.Errorf("read assets: %w", err)
	}
	for _, e := range entries {
		data, err := embedded.ReadFile("static/" + e.Name())
		if err != nil {
			return all, fmt.Errorf("read asset %q: %w", e.Name(), err)
		}
		sum, extension := sha256.Sum256(data), path.Ext(e.Name())
		file := strings.TrimSuffix(e.Name(), extension) + "-" + hex.EncodeToString(sum[:6]) + extension
		a := &asset{path: "/static/" + file, contentType: mime.TypeByExtension(extension), data: data}
		all.byName[e.Name()], all.byFile[file] = a, a
	}
	return all, nil
}

// link is the path of a file; it is for names in templates, which tests look at.
func (a assets) link(name string) (string, error) {
	if found, ok := a.byName[name]; ok {
		return found.path, nil
	}
	return "", fmt.Errorf("there is no asset %q", name)
}

func (p *Page) static(w http.ResponseWriter, r *http.Request) {
	a, ok := p.assets.byFile[r.PathValue("file")]
	if !ok {
		p.notFound(w, r)
		return
	}
	p.serve(w, r, a, "public, max-age=31536000, immutable")
}

// favicon answers browsers that ask for one whatever the page says.
func (p *Page) favicon(w http.ResponseWriter, r *http.Request) {
	p.serve(w, r, p.assets.byName[p.worstIcon()], "no-cache")
}

func (p *Page) serve(w http.ResponseWriter, r *http.Request, a *asset, caching string) {
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("Cache-Control", caching)
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(a.data)))
}
