package page

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/guard"
)

// frame is what all pages have around their main part.
type frame struct {
	Title    string
	Icon     string // the asset that shows the worst severity
	Now      moment
	Version  string
	User     string
	ReadOnly bool
	Nav      []navItem
	Search   string
	// Live is the path of the events after which the page is to be fetched again.
	Live    string
	Flash   *notice
	Notices []notice
}

// navItem is one entry of the navigation.
type navItem struct {
	Title, Path string
	Here        bool
	// Count and What tell how many of something there are: 3 "need you".
	Count, What, Class string
}

// total counts all series.
func (p *Page) total() board.Page { return p.board.Find(board.Query{Limit: 1}) }

// bad is how many series of a page's choice need somebody.
func bad(severities map[backup.Severity]int) int {
	return severities[backup.SeverityWarning] + severities[backup.SeverityCritical]
}

// newFrame makes the frame of a page. scope are the names whose changes the page
// follows.
func (p *Page) newFrame(r *http.Request, title string, scope board.Query) frame {
	now, total, user := p.config.Now(), p.total(), guard.User(r.Context())
	f := frame{
		Title: title + " · backmon", Now: moment{now, now, time.UTC}, Version: p.config.Version, User: user.Name, ReadOnly: !user.MayWrite(),
		Nav: navigation(r.URL.Path, total.Severities), Live: liveLink(scope, now), Flash: flashOf(r.URL.Query().Get("done")),
		Notices: p.notices(r.Context(), now),
	}
	severity := worst(total.Severities)
	if f.doubtful() {
		severity = max(severity, backup.SeverityUnknown)
	}
	f.Icon = "icon-" + severity.String() + ".svg"
	switch n := bad(total.Severities); {
	case n > 0:
		f.Title = fmt.Sprintf("(%d) %s", n, f.Title)
	case severity == backup.SeverityUnknown:
		f.Title = "(?) " + f.Title
	}
	return f
}

// still keeps a page from following changes that is the answer to a form: its address
// is the form's, and what was typed in would be lost.
func (f *frame) still(r *http.Request) {
	if r.Method == http.MethodPost {
		f.Live = ""
	}
}

// cutOff reports whether NATS can't be reached.
func (f frame) cutOff() bool {
	return slices.ContainsFunc(f.Notices, func(n notice) bool { return n.Key == cutOffKey })
}

// doubtful reports whether what is shown may be true no more.
func (f frame) doubtful() bool {
	return slices.ContainsFunc(f.Notices, func(n notice) bool { return n.Class == backup.SeverityUnknown.String() })
}

func navigation(path string, severities map[backup.Severity]int) []navItem {
	items := []navItem{
		{Title: "Overview", Path: "/"},
		{Title: "Backups", Path: "/series"},
		{Title: "Incidents", Path: "/incidents"},
		{Title: "Holds & silences", Path: "/holds"},
		{Title: "Audit", Path: "/audit"},
	}
	for i := range items {
		items[i].Here = items[i].Path == path
	}
	if n := bad(severities); n > 0 {
		b := severityBadge(worstOf(severities, backup.SeverityCritical, backup.SeverityWarning))
		items[0].Count, items[0].What, items[0].Class = thousands(int64(n)), "need you", "c-"+b.Class
	}
	return items
}

// worst is the worst severity that some series has.
func worst(severities map[backup.Severity]int) backup.Severity {
	return worstOf(severities, backup.SeverityCritical, backup.SeverityUnknown, backup.SeverityWarning)
}

func worstOf(severities map[backup.Severity]int, order ...backup.Severity) backup.Severity {
	for _, s := range order {
		if severities[s] > 0 {
			return s
		}
	}
	return backup.SeverityOK
}

func (p *Page) worstIcon() string { return "icon-" + worst(p.total().Severities).String() + ".svg" }

// liveLink is where changes of the series in the scope are told, from the time
// the page was made.
func liveLink(scope board.Query, now time.Time) string {
	v := url.Values{"since": {fmt.Sprint(now.UnixMilli())}}
	for key, value := range map[string]string{
		"env": scope.Environment, "disk": scope.Disk, "directory": scope.Directory, "file": scope.File, "group": scope.Group,
	} {
		if value != "" {
			v.Set(key, value)
		}
	}
	return "/live?" + v.Encode()
}

// cutOffKey is the key of the notice that NATS can't be reached.
const cutOffKey = "ready"

// notices say what makes all that the page shows doubtful.
func (p *Page) notices(ctx context.Context, now time.Time) []notice {
	var all []notice
	if !p.board.Current() {
		all = append(all, notice{
			Class: "info", Icon: "info", Key: "replay", Head: "Not complete yet.",
			Text: "The last statuses are still being read from the stream; what is shown may lack some.",
		})
	}
	if err := p.config.Ready(ctx); err != nil {
		all = append(all, notice{
			Class: "unknown", Icon: "unknown", Key: cutOffKey, Head: "Cut off.",
			Text: "What is shown may be old: " + err.Error() + ".",
		})
	}
	if n, ok := p.staleNotice(now); ok {
		all = append(all, n)
	}
	return all
}
