package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/link"
)

// asker asks the API of a running backmon.
type asker struct {
	t       *testing.T
	address string
}

// ask sends a request, and reads the answer, which must be a good one.
func (c asker) ask(method, path, body string, into any) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.address+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if response.StatusCode >= 300 {
		c.t.Fatalf("%s %s: %s\n%s", method, path, response.Status, text)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			c.t.Fatalf("%s %s: %v\n%s", method, path, err, text)
		}
	}
}

// events tells the names and data of the server's events until the test ends.
func (c asker) events(query string) <-chan [2]string {
	c.t.Helper()
	ctx, cancel := context.WithCancel(c.t.Context())
	c.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.address+"/api/v1/events"+query, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r) //nolint:bodyclose // who reads it closes it
	if err != nil {
		c.t.Fatal(err)
	}
	told := make(chan [2]string)
	go func() {
		defer func() { _ = response.Body.Close() }()
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(nil, 1<<20)
		name := ""
		for lines.Scan() {
			if text, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				name = text
			}
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				continue
			}
			select {
			case told <- [2]string{name, data}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return told
}

// until waits for an event whose name and data hold the parts.
func until(t *testing.T, told <-chan [2]string, name string, parts ...string) {
	t.Helper()
	for {
		e := await(t, "an event "+name+" with "+strings.Join(parts, ", "), told)
		if e[0] == name && containsAll(e[1], parts) {
			return
		}
	}
}

// TestAPI asks a running backmon for everything that it can do, and looks whether
// it does.
func TestAPI(t *testing.T) {
	t.Parallel()
	s := newSettings(t, "1h")
	disk := newFolder(t, purged, "db/a/dump-1.sql")
	long := time.Now().AddDate(0, 0, -30)
	if err := os.Chtimes(filepath.Join(disk, "db/a/dump-1.sql"), long, long); err != nil {
		t.Fatal(err)
	}
	s.environments["office"] = folder(disk)
	s.more = object{"http": object{"allow-anonymous-writes": true}}
	config := s.write(t)
	c := asker{t, start(t, config, "run").address(t)}
	told := c.events("?env=office")
	until(t, told, "series", `"group":"db/a"`, `"files":1`)

	lay(t, disk, "db/a/dump-2.sql", "db/b/dump-1.sql")
	eventually(t, "an evaluation that begins now", func() bool {
		var asked struct{ Coalesced bool } // the one before may not have ended
		c.ask(http.MethodPost, "/api/v1/disks/office/"+link.Segment(disk)+"/evaluate", "", &asked)
		return !asked.Coalesced
	})
	until(t, told, "series", `"group":"db/b"`)

	var series struct {
		Files   int
		History []struct{ Files int }
	}
	eventually(t, "the history of db/a", func() bool {
		c.ask(http.MethodGet, "/api/v1/series/office/"+link.Segment(disk)+"/db/dump/db=2Fa", "", &series)
		return series.Files == 2 && len(series.History) == 2
	})
	if series.History[1].Files != 1 {
		t.Errorf("history %+v", series.History)
	}
	c.books(disk)
	c.orders(config)
}

// orders puts a hold and a silence, and finds them at the terminal.
func (c asker) orders(config string) {
	c.t.Helper()
	var hold, silence struct {
		ID, URL string
		Series  int
	}
	c.ask(http.MethodPost, "/api/v1/holds", `{"group":"db/a","why":"legal case","by":"eve"}`, &hold)
	c.ask(http.MethodPost, "/api/v1/silences", `{"match":{"group":["db/*"]},"why":"the storage moves","by":"eve","until":"1h"}`, &silence)
	if hold.Series != 1 || silence.Series != 2 {
		c.t.Errorf("the hold covers %d series, the silence %d", hold.Series, silence.Series)
	}
	if _, output := backmon(c.t, config, "hold", "list"); !containsAll(output, []string{hold.ID, "legal case", "eve"}) {
		c.t.Errorf("holds:\n%s", output)
	}
	if _, output := backmon(c.t, config, "silence", "list"); !containsAll(output, []string{silence.ID, "the storage moves", "eve"}) {
		c.t.Errorf("silences:\n%s", output)
	}
	var preview struct {
		Series []struct {
			Group   string
			Blocked []struct{ Code string }
		}
	}
	c.ask(http.MethodGet, "/api/v1/purge?group=db/a", "", &preview)
	if len(preview.Series) != 1 || len(preview.Series[0].Blocked) != 1 || preview.Series[0].Blocked[0].Code != "hold" {
		c.t.Errorf("what purging would do: %+v", preview)
	}
	eventually(c.t, "the silence", func() bool {
		var list struct{ Silences []struct{ ID string } }
		c.ask(http.MethodGet, "/api/v1/silences", "", &list)
		return len(list.Silences) == 1 && list.Silences[0].ID == silence.ID
	})
	c.ask(http.MethodDelete, hold.URL, "", nil)
	c.ask(http.MethodDelete, silence.URL, "", nil)
	if _, output := backmon(c.t, config, "hold", "list"); !strings.Contains(output, "There are no holds") {
		c.t.Errorf("after the removal:\n%s", output)
	}
}

// books has the disk evaluated, now that nothing is held, and waits for what the
// purger writes down: a dry run.
func (c asker) books(disk string) {
	c.t.Helper()
	c.ask(http.MethodPost, "/api/v1/disks/office/"+link.Segment(disk)+"/evaluate", "", nil)
	eventually(c.t, "a dry run on the books", func() bool {
		var list struct {
			Records []struct{ Kind, Mode, Disk string }
		}
		c.ask(http.MethodGet, "/api/v1/audit?kind=purged&env=office&disk="+url.QueryEscape(disk), "", &list)
		return len(list.Records) > 0 && list.Records[0].Mode == "dry-run" && list.Records[0].Disk == disk
	})
}
