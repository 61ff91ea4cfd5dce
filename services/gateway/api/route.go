package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/pkg/spelling"
	"github.com/backmon/backmon/services/gateway/board"
)

// prefix is where the API v1 begins.
const prefix = "/api/v1"

// Paths of series and disks.
const (
	seriesPath = "/series/{environment}/{disk}/{directory}/{file}/{group}"
	diskPath   = "/disks/{environment}/{disk}"
)

// route is one thing that the API v1 can be asked for.
type route struct {
	method string
	// path is the part after the prefix; {name} stands for a segment.
	path   string
	handle func(*API, http.ResponseWriter, *request) error
}

// Route names a route, for tests that compare with the document.
type Route struct{ Method, Path string }

// routes lists the API v1; openapi.yaml describes it.
func routes() []route {
	return []route{
		{"GET", "", (*API).about},
		{"GET", "/openapi.yaml", (*API).openapiYAML},
		{"GET", "/openapi.json", (*API).openapiJSON},
		{"GET", "/statuses", (*API).statuses},
		{"GET", seriesPath, (*API).series},
		{"GET", seriesPath + "/badge.svg", (*API).seriesBadge},
		{"GET", seriesPath + "/download", (*API).download},
		{"GET", "/disks", (*API).disks},
		{"GET", diskPath, (*API).disk},
		{"GET", diskPath + "/badge.svg", (*API).diskBadge},
		{"POST", diskPath + "/evaluate", (*API).evaluate},
		{"GET", "/events", (*API).events},
		{"GET", "/incidents", (*API).incidents},
		{"GET", "/silences", (*API).silences},
		{"POST", "/silences", (*API).putSilence},
		{"DELETE", "/silences/{id}", (*API).removeSilence},
		{"GET", "/holds", (*API).holds},
		{"POST", "/holds", (*API).putHold},
		{"DELETE", "/holds/{id}", (*API).removeHold},
		{"GET", "/purge", (*API).purge},
		{"GET", "/audit", (*API).audit},
	}
}

// Routes lists the API v1.
func (a *API) Routes() []Route {
	var all []Route
	for _, r := range a.routes {
		all = append(all, Route{r.method, prefix + r.path})
	}
	return all
}

// request is one that a route is for, with the names in its path.
type request struct {
	*http.Request
	names []string
}

// v1 answers a request by its route. segments are those after the prefix.
func (a *API) v1(w http.ResponseWriter, r *http.Request, segments []string) error {
	var methods []string
	for _, route := range a.routes {
		escaped, ok := route.match(segments)
		if !ok {
			continue
		}
		if route.method != r.Method && (route.method != http.MethodGet || r.Method != http.MethodHead) {
			methods = append(methods, route.method)
			continue
		}
		names, err := parseNames(escaped)
		if err != nil {
			return err
		}
		return route.handle(a, w, &request{r, names})
	}
	if len(methods) == 0 {
		return refuse(http.StatusNotFound, "the API has nothing at this path; "+prefix+"/openapi.yaml describes what it has")
	}
	if slices.Contains(methods, http.MethodGet) {
		methods = append(methods, http.MethodHead)
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	return refuse(http.StatusMethodNotAllowed, fmt.Sprintf("this path answers to %s, not to %s", strings.Join(methods, " and "), r.Method))
}

// match compares the path with segments and returns those that are names.
func (r route) match(segments []string) (names []string, ok bool) {
	parts := strings.Split(r.path, "/")[1:]
	if r.path == "" {
		parts = nil
	}
	if len(parts) != len(segments) {
		return nil, false
	}
	for i, part := range parts {
		switch {
		case strings.HasPrefix(part, "{"):
			names = append(names, segments[i])
		case part != segments[i]:
			return nil, false
		}
	}
	return names, true
}

// parseNames reads the names in a path: "%HH" is undone first, as servers and
// proxies do, then the "=HH" of package link, which passes through both.
func parseNames(escaped []string) ([]string, error) {
	names := make([]string, len(escaped))
	for i, segment := range escaped {
		text, err := url.PathUnescape(segment)
		if err == nil {
			text, err = link.Name(text)
		}
		if err != nil {
			return nil, refuse(http.StatusBadRequest, fmt.Sprintf("the path's part %q is no name: %v; write \"=\" in a name as \"=3D\"", segment, err))
		}
		names[i] = text
	}
	return names, nil
}

// seriesPathOf is the path of a series in the API v1.
func seriesPathOf(id backup.SeriesID) string {
	return prefix + "/series/" + segments(id.Environment, id.Disk, id.Directory, id.File, id.Group)
}

// diskPathOf is the path of a disk in the API v1.
func diskPathOf(id board.DiskID) string {
	return prefix + "/disks/" + segments(id.Environment, id.Disk)
}

func segments(names ...string) string {
	for i, name := range names {
		names[i] = link.Segment(name)
	}
	return strings.Join(names, "/")
}

// entry finds the series that the path names.
func (a *API) entry(r *request) (*board.Entry, error) {
	if err := a.ready(); err != nil {
		return nil, err
	}
	id := backup.SeriesID{Environment: r.names[0], Disk: r.names[1], Directory: r.names[2], File: r.names[3], Group: r.names[4]}
	if entry, ok := a.board.Entry(id); ok {
		return entry, nil
	}
	return nil, a.unknown(id)
}

// unknown says which name of a series is the first that is not known.
func (a *API) unknown(id backup.SeriesID) error {
	var q board.Query
	for _, level := range []struct {
		what  string
		name  string
		query *string
		of    func(backup.SeriesID) string
	}{
		{"environment", id.Environment, &q.Environment, func(s backup.SeriesID) string { return s.Environment }},
		{"disk", id.Disk, &q.Disk, func(s backup.SeriesID) string { return s.Disk }},
		{"directory", id.Directory, &q.Directory, func(s backup.SeriesID) string { return s.Directory }},
		{"file", id.File, &q.File, func(s backup.SeriesID) string { return s.File }},
		{"group", id.Group, &q.Group, func(s backup.SeriesID) string { return s.Group }},
	} {
		var names []string
		found := false
		for _, e := range a.board.All(q) {
			name := level.of(e.Status.Series)
			found = found || name == level.name
			if len(names) == 0 || names[len(names)-1] != name {
				names = append(names, name)
			}
		}
		if !found {
			return notFound(level.what, level.name, names)
		}
		*level.query = level.name
	}
	return refuse(http.StatusNotFound, "the series has ended just now")
}

// notFound says that a name is not known, with a hint at one that is.
func notFound(what, name string, known []string) error {
	text := fmt.Sprintf("there is no %s %q", what, name)
	if hint := spelling.Hint(name, known); hint != "" {
		text += "; " + hint
	}
	return refuse(http.StatusNotFound, text)
}

// overview finds the disk that the path names.
func (a *API) overview(r *request) (board.DiskOverview, error) {
	if err := a.ready(); err != nil {
		return board.DiskOverview{}, err
	}
	id := board.DiskID{Environment: r.names[0], Disk: r.names[1]}
	var names []string
	for _, d := range a.board.Overview(board.Query{}) {
		if d.ID == id {
			return d, nil
		}
		if d.ID.Environment == id.Environment {
			names = append(names, d.ID.Disk)
		}
	}
	if names == nil {
		return board.DiskOverview{}, notFound("disk of the environment", id.Environment, nil)
	}
	return board.DiskOverview{}, notFound("disk", id.Disk, names)
}
