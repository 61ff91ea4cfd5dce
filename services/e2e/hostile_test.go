package e2e_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"golang.org/x/net/html"

	"github.com/backmon/backmon/pkg/prose"
)

// hostileFolders are names of folders that become groups, which a definition takes
// without ".", "/" and "\".
func hostileFolders() []string {
	return []string{
		"<script>alert(1)<,script>", `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, "a\nb", "a\r\nSet-Cookie: x=y", "data: {}\n\nevent: reset\n",
		"x\u202egpj", "\u2028", "\ufeff", "\xff\xfe", "\xfe\xff", "\uFFFD", `"quoted"`, "\x1b[31m", "\x01", "a%2Fb", "a=2Fb", "=2F", "=", "%", "%25", "a+b c", " edge ",
		"é", "e\u0301", "&amp;", "&", "?q=1#f", ";a", "{{tenant}}", "${x}", "v1", "badge,svg", "]]>", "-->", "*", "~", "日本", strings.Repeat("L", 250), strings.Repeat("\xff", 240),
	}
}

// hostileFiles are names of files, each of which is alone in its folder.
func hostileFiles() []string {
	return []string{
		".", "..", "...", "..;filename=x.exe", `a"b`, `a\b`, `\xff`, `"; filename="evil.exe`, "a\r\nContent-Type: text", "<b>.html", "x\u202egpj.exe", "\xff.bin", "%2e%2e%2fpasswd", "é.gz",
		"a;b=c", "~", "con", " lead", "a\tb", "\x7f", strings.Repeat("é", 120), strings.Repeat("n", 250),
	}
}

// hostileRules has names that say something to HTML, JSON, URLs and Prometheus where
// a definition gives them.
const hostileRules = `
directories:
  db/{{tenant}}:
    alias: "<i>\"db\"\\\u202e/..%2F=2F"
    files:
      "%A.bak":
        alias: "'dump' &{x}"
        labels: {"team": "</script><script>alert(1)</script>"}
  .:
    alias: .
    files:
      "%A.bak": {alias: .}
`

const (
	hostileDirectory = "<i>\"db\"\\\u202e/..%2F=2F"
	hostileFile      = "'dump' &{x}"
)

// hostileCase is one series with one file of a name that means harm.
type hostileCase struct{ group, key, content string }

// hostileCases have each name once. Each content is of another length.
func hostileCases() []hostileCase {
	cases := []hostileCase{{group: ".", key: "..bak"}}
	for _, name := range hostileFolders() {
		cases = append(cases, hostileCase{group: "db/" + name, key: "db/" + name + "/f.bak"})
	}
	for i, name := range hostileFiles() {
		group := fmt.Sprintf("db/files-%d", i)
		cases = append(cases, hostileCase{group: group, key: group + "/" + name + ".bak"})
	}
	for i := range cases {
		cases[i].content = strings.Repeat("x", i+1) + cases[i].key
	}
	return cases
}

// directory and file are the names of the case's rule.
func (c hostileCase) names() (directory, file string) {
	if c.group == "." {
		return ".", "."
	}
	return hostileDirectory, hostileFile
}

// TestHostileNames takes names that mean harm the whole way, from files on a disk
// through the real program to all that it answers: each is addressed, shown as what
// it is, and leads to its own file.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	s := newSettings(t, "1h")
	disk := newFolder(t, hostileRules)
	cases := hostileCases()
	for _, c := range cases {
		put(t, disk, c.key, c.content)
	}
	s.environments["first"], s.environments["second"] = folder(disk), folder(disk)
	s.more = object{"downloads": object{"enabled": true}}
	h := hostileRun{asker: asker{t, start(t, s.write(t), "run").address(t)}, disk: disk}
	h.gather()
	for _, c := range cases {
		t.Run(fmt.Sprintf("%.40q", c.group+" "+filepath.Base(c.key)), func(t *testing.T) {
			h := h
			h.t = t
			item := h.item(c)
			h.upstream(c)
			h.document(c, item)
			h.page(c, item)
			h.metric(c)
			h.badge(c, item)
			h.file(c, h.address+item.URL+"/download")
		})
	}
	h.books(len(cases))
}

// hostileRun is a backmon that watches the cases in two environments, with what it
// said of all of them at once.
type hostileRun struct {
	asker
	disk     string
	events   map[string]hostileItem // by group
	families map[string]*dto.MetricFamily
}

// hostileItem is a series as the API has it.
type hostileItem struct {
	Environment, Directory, File, Group, URL string

	GroupBase64 []byte `json:"group_base64"`
	Page        string `json:"page_url"`
	Badge       string `json:"badge_url"`
	Latest      struct {
		Key       string
		KeyBase64 []byte `json:"key_base64"`
		Size      int
	}
}

// exact is a name as it is on the disk.
func exact(text string, raw []byte) string {
	if raw != nil {
		return string(raw)
	}
	return text
}

// gather listens to the events until the disk is told, which is after its series;
// then it scrapes.
func (h *hostileRun) gather() {
	h.t.Helper()
	h.events = map[string]hostileItem{}
	told := h.asker.events("?env=second")
	for e := await(h.t, "an event", told); e[0] != "disk"; e = await(h.t, "the disk", told) {
		if e[0] != "series" {
			continue
		}
		var item hostileItem
		if err := json.Unmarshal([]byte(e[1]), &item); err != nil {
			h.t.Fatalf("%v: %s", err, e[1])
		}
		h.events[exact(item.Group, item.GroupBase64)] = item
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	var err error
	if h.families, err = parser.TextToMetricFamilies(strings.NewReader(string(scrape(h.t, h.address)))); err != nil {
		h.t.Fatal(err)
	}
}

// item is what the events told of a case, in the second environment.
func (h hostileRun) item(c hostileCase) hostileItem {
	h.t.Helper()
	item, told := h.events[c.group]
	if !told {
		h.t.Fatal("the events don't tell of it")
	}
	h.check(c, item)
	return item
}

// check compares a series with its case, byte by byte.
func (h hostileRun) check(c hostileCase, item hostileItem) {
	h.t.Helper()
	directory, file := c.names()
	if item.Environment != "second" || item.Directory != directory || item.File != file || exact(item.Group, item.GroupBase64) != c.group ||
		exact(item.Latest.Key, item.Latest.KeyBase64) != c.key || item.Latest.Size != len(c.content) {
		h.t.Errorf("%+v", item)
	}
}

// upstream goes down the paths of backmon 3.
func (h hostileRun) upstream(c hostileCase) {
	h.t.Helper()
	directory, file := c.names()
	path := "/api/" + url.PathEscape(h.disk) + "/" + url.PathEscape(directory) + "/" + url.PathEscape(file)
	var groups []string
	h.ask(http.MethodGet, path+"?env=second", "", &groups)
	shown := strings.ToValidUTF8(c.group, "\uFFFD") // one for each row of bytes that are none
	if !strings.Contains(collapse(strings.Join(groups, "\x00")), collapse(shown)) {
		h.t.Errorf("%q is not among %q", c.group, groups)
	}
	h.file(c, h.address+path+"/"+url.PathEscape(c.group)+"?env=second")
}

// collapse makes one of several replacement characters in a row.
func collapse(text string) string {
	for strings.Contains(text, "\uFFFD\uFFFD") {
		text = strings.ReplaceAll(text, "\uFFFD\uFFFD", "\uFFFD")
	}
	return text
}

// document follows the link to the series in the API.
func (h hostileRun) document(c hostileCase, item hostileItem) {
	h.t.Helper()
	var document hostileItem
	h.ask(http.MethodGet, item.URL, "", &document)
	h.check(c, document)
	if document.URL != item.URL || document.Page != item.Page || document.Badge != item.URL+"/badge.svg" {
		h.t.Errorf("links of %+v", document)
	}
}

// page reads the series' page as a browser does, and follows its download button.
func (h hostileRun) page(c hostileCase, item hostileItem) {
	h.t.Helper()
	status, text := get(h.t, h.address+item.Page)
	root, err := html.Parse(strings.NewReader(text))
	if status != http.StatusOK || err != nil {
		h.t.Fatalf("status %d, %v", status, err)
	}
	var button string
	scripts, title, all := 0, "", words(root)
	for n := range root.Descendants() {
		switch {
		case n.Type != html.ElementNode:
		case n.Data == "script":
			scripts++
		case n.Data == "h1":
			title = words(n)
		case attribute(n, "download") != nil:
			button = *attribute(n, "href")
		case n.Data == "img" || n.Data == "b" || n.Data == "i" || attribute(n, "onerror") != nil || attribute(n, "onmouseover") != nil:
			h.t.Errorf("a name became <%s>", n.Data)
		}
	}
	directory, file := c.names()
	if want := prose.Clean(c.group) + " " + prose.Clean(file); plain(title) != want || scripts != 1 {
		h.t.Errorf("the title is %q, want %q; %d scripts", title, want, scripts)
	}
	for _, want := range []string{c.key, directory} {
		if !strings.Contains(plain(all), prose.Clean(want)) {
			h.t.Errorf("%q is not on the page", want)
		}
	}
	h.file(c, h.address+button)
}

// plain undoes how spaces at the edges are shown.
func plain(text string) string { return strings.ReplaceAll(text, `\x20`, " ") }

func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func attribute(n *html.Node, name string) *string {
	for i := range n.Attr {
		if n.Attr[i].Key == name {
			return &n.Attr[i].Val
		}
	}
	return nil
}

// metric finds the one sample of the series.
func (h hostileRun) metric(c hostileCase) {
	h.t.Helper()
	directory, file := c.names()
	want, found := map[string]string{"env": "second", "disk": h.disk, "dir": directory, "file": file, "group": prose.Label(c.group)}, 0
	for _, sample := range h.families["backmon_backup_latest_size_bytes"].GetMetric() {
		same := len(sample.GetLabel()) == len(want)
		for _, l := range sample.GetLabel() {
			same = same && want[l.GetName()] == l.GetValue()
		}
		if !same {
			continue
		}
		found++
		if got := int(sample.GetGauge().GetValue()); got != len(c.content) {
			h.t.Errorf("the metric is %d, want %d", got, len(c.content))
		}
	}
	if found != 1 {
		h.t.Errorf("%d samples of it", found)
	}
}

// badge reads the picture as XML.
func (h hostileRun) badge(c hostileCase, item hostileItem) {
	h.t.Helper()
	status, text := get(h.t, h.address+item.URL+"/badge.svg")
	var svg struct {
		XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
		Title   string   `xml:"title"`
		Scripts []string `xml:"script"`
	}
	if err := xml.Unmarshal([]byte(text), &svg); err != nil || status != http.StatusOK {
		h.t.Fatalf("status %d, %v: %s", status, err, text)
	}
	if want := prose.Cut(prose.Clean(c.group), 60) + ": OK"; svg.Title != want || len(svg.Scripts) > 0 {
		h.t.Errorf("the badge says %q, want %q", svg.Title, want)
	}
}

// file fetches the series' newest file, which must be the one of the case, and looks
// how it is to be called.
func (h hostileRun) file(c hostileCase, address string) {
	h.t.Helper()
	response, err := http.Get(address)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || string(content) != c.content {
		h.t.Errorf("%s: %s, %v, %.200q", address, response.Status, err, content)
	}
	kind, parameters, err := mime.ParseMediaType(response.Header.Get("Content-Disposition"))
	name := parameters["filename"]
	if err != nil || kind != "attachment" || len(parameters) != 1 || response.Header.Get("Set-Cookie") != "" || response.Header.Get("Content-Type") != "application/octet-stream" {
		h.t.Errorf("%v: %v", err, response.Header)
	}
	if own := filepath.Base(c.key); !strings.Contains(own, `\`) && prose.Clean(own) == own && name != own || prose.Clean(name) != name || strings.ContainsAny(name, `/\`) || len(name) > 255 {
		h.t.Errorf("%q is to be saved as %q", own, name)
	}
}

// books looks whether every download was written down with its environment: three
// of each.
func (h hostileRun) books(cases int) {
	h.t.Helper()
	var list struct {
		Records []struct{ Environment, Kind string }
	}
	h.ask(http.MethodGet, "/api/v1/audit?kind=downloaded&limit=1000&env=second&disk="+url.QueryEscape(h.disk), "", &list)
	if len(list.Records) != 3*cases {
		h.t.Errorf("%d downloads are written down, want %d", len(list.Records), 3*cases)
	}
}
