package page_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
	"github.com/backmon/backmon/services/gateway/gatewaytest"
	"github.com/backmon/backmon/services/gateway/page"
	"github.com/backmon/backmon/services/gateway/page/pagetest"
)

// hostile are names that somebody may have given to files, folders and rules.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, "a\nb\r\nc", "x\u202egpj.exe", "\xff\xfe<b>",
	".", "..", "a/b", "javascript:alert(1)", "{{.}}{{template \"x\"}}", "</style><style>*{}", "&lt;b&gt;&amp;", "\x00\x1b[31m", "--><!--", "]]>", "%2e%2e%2f", "=2F", " ", "ünï 日本",
	strings.Repeat("long", 200),
}

// siteOf is a site on which every text that comes from outside is the same.
func siteOf(t *testing.T, text string) (http.Handler, []string) {
	t.Helper()
	id := backup.SeriesID{Environment: text, Disk: text, Directory: text, File: text, Group: text}
	if wire.Text(text) != text { // what is no UTF-8 survives in groups and keys only
		id.Environment, id.Disk, id.Directory, id.File = wire.Text(text), wire.Text(text), wire.Text(text), wire.Text(text)
	}
	s := boardtest.Bad(text)
	s.Series, s.Policy.Labels, s.Policy.Sort = id, map[string]string{"team": text}, text
	s.Reasons = []backup.Reason{{Code: "MISSING", Text: text}}
	s.Files.Latest.Key, s.Files.Latest.ETag = text, text
	s.Files.Recent = []backup.RecentFile{{Time: boardtest.Noon.Add(-backup.Day), Size: 10}}
	s.Expired.Files = []backup.ExpiredFile{{Key: text, Time: boardtest.Noon.Add(-30 * backup.Day), Size: 9, Reason: text}}
	blind := s
	blind.Series.Group, blind.State, blind.Severity = "blind", backup.Unknown, backup.SeverityUnknown
	d := boardtest.Disk("")
	d.Environment, d.Disk, d.Error, d.PurgeFrozen = id.Environment, id.Disk, wire.Text(text), wire.Text(text)
	d.ErrorKind = backmonv1.ErrorKind_ERROR_KIND_ACCESS_DENIED
	d.Totals.UnmatchedSamples = [][]byte{[]byte(text)}
	d.AmbiguousSamples = []*backmonv1.AmbiguousFile{{Key: []byte(text), Rules: []string{wire.Text(text)}}}
	d.Problems = []*backmonv1.Problem{{Level: backmonv1.ProblemLevel_PROBLEM_LEVEL_ERROR, File: wire.Text(text), Line: 2, Column: 1, Message: wire.Text(text), Hint: wire.Text(text), Excerpt: &backmonv1.Excerpt{Line: 1, Text: wire.Text("x\n" + strings.ReplaceAll(text, "\n", " ") + "\nx")}}}
	h := pagetest.Site{
		Board: boardtest.Board(boardtest.SeriesEvent(s), boardtest.SeriesEvent(blind), boardtest.DiskEvent(d), bus.Event{Kind: bus.EventCurrent}),
		Bus:   hostileBus(t, id, text), Now: boardtest.Noon, Page: func(c *page.Config) { c.Downloads = true },
	}.Handler(t)
	return h, []string{"/", "/series", link.Series(id), link.Disk(id.Environment, id.Disk), "/holds", "/incidents", "/audit?since=400d"}
}

func hostileBus(t *testing.T, id backup.SeriesID, text string) *gatewaytest.Bus {
	t.Helper()
	i := incident.Incident{Subject: id, ID: text, State: backup.Missing, Flags: []string{text}, Severity: backup.SeverityCritical, OpenedAt: boardtest.Noon, Reasons: []backup.Reason{{Text: text}}}
	told := incident.Group{Receiver: text, Told: map[uint64]incident.Told{incident.Key(id): {}}, Pending: &incident.Notice{ID: text, At: boardtest.Noon}, Delivery: incident.Delivery{LastError: text}}
	b := &gatewaytest.Bus{
		Events: []bus.IncidentEvent{{Kind: bus.EventEntry, Entry: bus.Entry[*backmonv1.Incident]{Key: bus.IncidentKey(wire.SeriesID(id)), Value: wire.Incident(i)}}},
		Groups: []bus.NoticeGroupEvent{{Kind: bus.EventEntry, Entry: bus.Entry[*backmonv1.NoticeGroup]{Key: "x", Value: wire.NoticeGroup(told)}}},
		Audit: []bus.AuditRecord{
			{Refused: &backmonv1.PurgeRefused{Environment: wire.Text(text), Disk: wire.Text(text), Series: wire.SeriesID(id), Reason: "x", Text: wire.Text(text)}},
			{Purged: &backmonv1.FilesPurged{Environment: wire.Text(text), Disk: wire.Text(text), Phase: backmonv1.PurgePhase_PURGE_PHASE_RESULT, Files: []*backmonv1.PurgedFile{{Key: []byte(text), Reason: wire.Text(text)}}}},
			{Downloaded: &backmonv1.FileDownloaded{Environment: wire.Text(text), Disk: wire.Text(text), Series: wire.SeriesID(id), Key: []byte(text), User: wire.Text(text), Client: wire.Text(text)}},
			{Unnotified: &backmonv1.NoticeFailed{Receiver: wire.Text(text), Title: wire.Text(text), Error: wire.Text(text)}},
		},
	}
	for _, err := range []error{
		b.PutHold(t.Context(), wire.Hold(backup.Hold{ID: "h", Environment: wire.Text(text), Group: text, By: text, Why: text})),
		b.PutSilence(t.Context(), wire.Silence(incident.Silence{ID: "s", Match: incident.Match{Groups: []string{text}, Labels: map[string][]string{text: {text}}}, By: text, Why: text, Until: boardtest.Noon.Add(backup.Day)})),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// structure counts the elements of a page by their name and attributes. What
// escapes are set apart in is ours, and how many there are depends on the text.
func structure(a answer) map[string]int {
	count := map[string]int{}
	a.each(func(n *html.Node) {
		if class("esc")(n) {
			return
		}
		var names []string
		for _, attribute := range n.Attr {
			names = append(names, attribute.Key)
		}
		slices.Sort(names)
		count[n.Data+" "+strings.Join(names, " ")]++
	})
	return count
}

// A name from outside is text and nothing else: the page has the elements and
// attributes that it has with harmless names, and all links stay here.
func TestHostileNames(t *testing.T) {
	harmless, paths := siteOf(t, "harmless")
	for _, text := range hostile {
		t.Run(text[:min(len(text), 30)], func(t *testing.T) {
			h, hostilePaths := siteOf(t, text)
			for i, path := range hostilePaths {
				got := get(t, h, path)
				if got.status != http.StatusOK {
					t.Errorf("%s: status %d", path, got.status)
					continue
				}
				if want := structure(get(t, harmless, paths[i])); !maps.Equal(structure(got), want) {
					t.Errorf("%s: the structure is another:\n%v\nwant\n%v", path, structure(got), want)
				}
				checkPolicy(t, path, got)
			}
		})
	}
}

// checkPolicy looks for what the Content-Security-Policy forbids, or leads away.
func checkPolicy(t *testing.T, path string, a answer) {
	t.Helper()
	a.each(func(n *html.Node) {
		if n.Data == "style" || n.Data == "script" && attribute(n, "src") == "" {
			t.Errorf("%s: an inline %s", path, n.Data)
		}
		for _, at := range n.Attr {
			switch at.Key {
			case "style":
				t.Errorf("%s: a style attribute at %s", path, n.Data)
			case "href", "src", "action":
				if !strings.HasPrefix(at.Val, "/") && !strings.HasPrefix(at.Val, "#") && !strings.HasPrefix(at.Val, "https://github.com/backmon/backmon/") {
					t.Errorf("%s: %s leads to %q", path, n.Data, at.Val)
				}
				if strings.HasPrefix(at.Val, "//") {
					t.Errorf("%s: %s leads away, to %q", path, n.Data, at.Val)
				}
			}
			if strings.HasPrefix(at.Key, "on") {
				t.Errorf("%s: a handler %s at %s", path, at.Key, n.Data)
			}
		}
	})
}

// seen is all text that a page shows or that is read aloud.
func seen(a answer) string {
	var b strings.Builder
	for n := range a.root.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for _, at := range n.Attr {
			if slices.Contains([]string{"title", "aria-label", "placeholder", "content"}, at.Key) {
				b.WriteString(at.Val)
			}
		}
	}
	return b.String()
}

// What can't be seen in a name is shown.
func TestHostileNamesAreVisible(t *testing.T) {
	for text, want := range map[string]string{"x\u202egpj.exe": `\u202e`, "a\nb": `\n`, "\xff": `\xff`, "\x1b[31m": `\x1b`} {
		h, paths := siteOf(t, text)
		for _, path := range paths[:3] {
			a := get(t, h, path)
			if !slices.ContainsFunc(a.all(class("esc")), func(n *html.Node) bool { return words(n) == want }) {
				t.Errorf("%s does not show %q of %q", path, want, text)
			}
			for _, bad := range []string{"\u202e", "\x1b", "\xff"} {
				if strings.Contains(seen(a), bad) {
					t.Errorf("%s holds %q as it is", path, bad)
				}
			}
		}
	}
}
