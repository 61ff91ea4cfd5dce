package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/backmon/backmon/pkg/backup"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/board"
)

// upstream answers at the paths that upstream's backmon has: /api, /api/{disk},
// /api/{disk}/{directory}, /api/{disk}/{directory}/{file}, each with the names
// below it that have a file, and below that the download of a group's newest file. A disk that
// several environments have is that of the first of them in the configuration;
// ?env= names another one.
//
// A disk that is called "v1" can't be asked for as such: write %76%31.
func (a *API) upstream(w http.ResponseWriter, r *http.Request, segments []string) error {
	if len(segments) > 0 && segments[len(segments)-1] == "" {
		segments = segments[:len(segments)-1] // a slash at the end
	}
	if len(segments) > 4 {
		return refuse(http.StatusNotFound, "a path has four names at most, disk, directory, file and group; write a slash in a name as %2F")
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		return refuse(http.StatusMethodNotAllowed, "this path can be read only")
	}
	names, err := unescape(segments)
	if err == nil {
		err = a.ready()
	}
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return a.upstreamDisks(w, r.URL.Query().Get("env"))
	}
	disk, err := a.upstreamDisk(r.URL.Query().Get("env"), names[0])
	if err != nil {
		return err
	}
	return a.below(w, r, disk, names[1:])
}

func unescape(segments []string) ([]string, error) {
	names := make([]string, len(segments))
	for i, segment := range segments {
		name, err := url.PathUnescape(segment)
		if err != nil {
			return nil, refuse(http.StatusBadRequest, fmt.Sprintf("the path's part %q is no name: %v", segment, err))
		}
		names[i] = name
	}
	return names, nil
}

// upstreamDisks lists the names of disks, each once.
func (a *API) upstreamDisks(w http.ResponseWriter, env string) error {
	names := []string{}
	for _, d := range a.board.Overview(board.Query{Environment: env}) {
		names = append(names, d.ID.Disk)
	}
	slices.Sort(names)
	return writeJSON(w, http.StatusOK, slices.Compact(names))
}

// upstreamDisk finds the disk that a name means.
func (a *API) upstreamDisk(env, name string) (board.DiskOverview, error) {
	found := a.board.Overview(board.Query{Environment: env, Disk: name})
	if name == "" || len(found) == 0 {
		var names []string
		for _, d := range a.board.Overview(board.Query{Environment: env}) {
			names = append(names, d.ID.Disk)
		}
		what := "disk"
		if env != "" {
			what = fmt.Sprintf("disk in the environment %q that is called", env)
		}
		return board.DiskOverview{}, notFound(what, name, names)
	}
	slices.SortStableFunc(found, func(x, y board.DiskOverview) int { return a.rank(x.ID.Environment) - a.rank(y.ID.Environment) })
	return found[0], nil
}

// rank is an environment's place in the configuration; one that is no longer
// there comes last.
func (a *API) rank(env string) int {
	if i := slices.Index(a.config.Environments, env); i >= 0 {
		return i
	}
	return len(a.config.Environments)
}

// level is one kind of name below a disk.
type level struct {
	what string
	name func(backup.SeriesID) string
}

func levels() []level {
	return []level{
		{"directory", func(id backup.SeriesID) string { return id.Directory }},
		{"file", func(id backup.SeriesID) string { return id.File }},
		{"group", func(id backup.SeriesID) string { return id.Group }},
	}
}

// below answers with what a disk has below it, or below names in it. As upstream
// does it tells of what there is a file of, and of nothing else.
func (a *API) below(w http.ResponseWriter, r *http.Request, disk board.DiskOverview, names []string) error {
	q := board.Query{
		Environment: disk.ID.Environment, Disk: disk.ID.Disk, Only: func(s *backup.Status) bool { return s.Files.Latest != nil },
	}
	found, levels := a.board.All(q), levels()
	for i, name := range names {
		known := distinct(found, levels[i].name)
		if !slices.Contains(known, name) {
			return notFound(levels[i].what, name, known)
		}
		found = slices.DeleteFunc(found, func(e *board.Entry) bool { return levels[i].name(e.Status.Series) != name })
	}
	switch len(names) {
	case 0:
		return writeJSON(w, http.StatusOK, newDirectories(statusOf(disk), distinct(found, levels[0].name)))
	case len(levels):
		a.downloads.ServeSeries(w, r, found[0].Status.Series)
		return nil
	default:
		return writeJSON(w, http.StatusOK, distinct(found, levels[len(names)].name))
	}
}

// directories is what upstream tells of a disk.
type directories struct {
	Quota       int64
	Directories []string
}

// newDirectories is null, as upstream has it, for a disk of which no definitions
// are known.
func newDirectories(d *backmonv1.DiskStatus, names []string) *directories {
	kind := d.GetErrorKind()
	if names == nil && (kind == backmonv1.ErrorKind_ERROR_KIND_NO_DEFINITIONS || kind == backmonv1.ErrorKind_ERROR_KIND_BAD_DEFINITIONS) {
		return nil
	}
	return &directories{d.GetTotals().GetQuotaBytes(), names}
}

// distinct lists names of entries, which come in the order of names, each once;
// none are null, as upstream has it.
func distinct(entries []*board.Entry, name func(backup.SeriesID) string) []string {
	var names []string
	for _, e := range entries {
		if n := name(e.Status.Series); len(names) == 0 || names[len(names)-1] != n {
			names = append(names, n)
		}
	}
	return names
}
