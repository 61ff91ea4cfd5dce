package download_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/storagetest"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/download"
)

// want fails unless the answer is that refusal, and nothing was written down.
func (r reply) want(t *testing.T, s *site, status int, text string) {
	t.Helper()
	if r.status != status || !strings.Contains(r.body, text) || r.err != nil {
		t.Errorf("got %d %q, %v; want %d with %q", r.status, r.body, r.err, status, text)
	}
	if kind := r.header.Get("Content-Type"); kind != "text/plain; charset=utf-8" || r.header.Get("Content-Disposition") != "" {
		t.Errorf("a refusal comes as %q, %q", kind, r.header.Get("Content-Disposition"))
	}
	if again := r.header.Get("Retry-After"); (again != "") != (status == http.StatusServiceUnavailable) {
		t.Errorf("Retry-After %q", again)
	}
	s.none()
}

func TestRefusals(t *testing.T) {
	unready := errors.New("not connected to NATS")
	for _, c := range []struct {
		name   string
		change func(*settings)
		fake   func(*fake)
		board  func(*site)
		status int
		text   string
	}{
		{name: "off", change: func(c *settings) { c.Enabled = false }, status: 403, text: "downloads are off: whoever runs backmon can turn them on by downloads.enabled in config.yaml"},
		{
			name: "no such series", board: func(s *site) {
				s.board.Apply(bus.Event{Kind: bus.EventReset})
				s.board.Apply(bus.Event{Kind: bus.EventCurrent})
			},
			status: 404, text: `there is no series "db/a" of "db" / "full" on disk "disk" in environment "prod"`,
		},
		{name: "not known yet", board: func(s *site) { s.board.Apply(bus.Event{Kind: bus.EventReset}) }, status: 503, text: "still being replayed"},
		{name: "no file", board: func(s *site) { s.show("") }, status: 404, text: "the series has no file: it is OK"},
		{name: "no environment", change: func(c *settings) { c.Environments = nil }, status: 404, text: `the environment "prod" is not in the gateway's configuration`},
		{name: "no audit stream", change: func(c *settings) { c.Ready = func(context.Context) error { return unready } }, status: 503, text: "who takes a file is written down"},
		{name: "absent", fake: func(f *fake) { f.stat = storage.ErrNotFound }, status: 404, text: `the file "db/a/dump.gz" is no longer there`},
		{name: "absent in the end", fake: func(f *fake) { f.open = storage.ErrNotFound }, status: 404, text: `the file "db/a/dump.gz" is no longer there`},
		{name: "denied", fake: func(f *fake) { f.open = storage.ErrAccessDenied }, status: 502, text: `the gateway may not read the file "db/a/dump.gz": it needs the right to (s3:GetObject`},
		{name: "archived", fake: func(f *fake) { f.open = storage.ErrArchived }, status: 409, text: "lies in an archive"},
		{name: "no answer", fake: func(f *fake) { f.stat = storage.ErrTimeout }, status: 504, text: "the storage does not answer in time"},
		{name: "slow down", fake: func(f *fake) { f.stat = storage.ErrSlowDown }, status: 503, text: "slow down"},
		{name: "a link out of the folder", fake: func(f *fake) { f.stat = storage.ErrEscapes }, status: 502, text: "the gateway's log says why"},
		{name: "anything else", fake: func(f *fake) { f.stat = errOdd }, status: 502, text: "the gateway's log says why"},
		{name: "it changes all the time", fake: func(f *fake) { f.opened = func(f *fake) { f.info.ETag += "x" } }, status: 503, text: "the file is being changed"},
		{name: "presigning fails", change: func(c *settings) { c.Presign = true }, fake: func(f *fake) { f.presign = errOdd }, status: 502, text: "the gateway's log says why"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake(10)
			if c.fake != nil {
				c.fake(f)
			}
			s := fakeSite(t, f, c.change)
			if c.board != nil {
				c.board(s)
			}
			s.ask("GET").want(t, s, c.status, c.text)
			if logged := s.log.FilterLevelExact(zap.WarnLevel).Len(); (logged > 0) != (c.fake != nil && !strings.Contains(c.name, "changes") || c.name == "no audit stream") {
				t.Errorf("logged: %v", s.log.All())
			}
		})
	}
}

func TestOtherMethods(t *testing.T) {
	s := fakeSite(t, newFake(10), nil)
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"} {
		got := s.ask(method)
		got.want(t, s, 405, "a file can be read only")
		if got.header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: Allow is %q", method, got.header.Get("Allow"))
		}
	}
}

// A refusal under /api/v1 is a problem of RFC 9457.
func TestRefusalForPrograms(t *testing.T) {
	handler, err := download.New(download.Config{}, board.New(), newBooks(), zap.NewNop())
	if err != nil || handler.Enabled() {
		t.Fatalf("off: %v, %v", handler.Enabled(), err)
	}
	w := httptest.NewRecorder()
	handler.ServeSeries(w, httptest.NewRequestWithContext(t.Context(), "GET", "/api/v1/x", nil), backup.SeriesID{})
	var problem struct {
		Status int
		Detail string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil || problem.Status != 403 || !strings.Contains(problem.Detail, "downloads.enabled") {
		t.Errorf("%s: %v", w.Body, err)
	}
}

// With real storages: what is gone, and what may not be read.
func TestRealRefusals(t *testing.T) {
	const key = "db/a/dump.gz"
	local, root := folder(t, key, digits)
	s := newSite(t, local, root, key, nil)
	outside := filepath.Join(t.TempDir(), "secret")
	if err := errors.Join(os.Remove(filepath.Join(root, key)), os.WriteFile(outside, []byte("secret"), 0o600)); err != nil {
		t.Fatal(err)
	}
	s.ask("GET").want(t, s, 404, "is no longer there")
	if err := os.Symlink(outside, filepath.Join(root, key)); err != nil {
		t.Fatal(err)
	}
	s.ask("GET").want(t, s, 502, "the gateway's log says why")
	for _, bad := range []string{"../secret", "/etc/passwd", "db/../../x", "db"} {
		s.show(bad)
		s.ask("GET").want(t, s, 404, "is no longer there")
	}

	server := storagetest.StartS3(t)
	cloud, bucket := bucket(t, server, "bucket", key, digits)
	c := newSite(t, cloud, bucket, "gone", nil)
	c.ask("GET").want(t, c, 404, `the file "gone" is no longer there`)
	c.ask("HEAD").want(t, c, 404, "")
	server.AddUser("nobody", "nobody-secret")
	denied := newSite(t, login(t, server, "nobody", "nobody-secret"), bucket, key, nil)
	denied.ask("GET").want(t, denied, 502, "the gateway may not read the file")
}

func TestConfigErrors(t *testing.T) {
	ready := func(context.Context) error { return nil }
	for want, config := range map[string]download.Config{
		"links need an expiry":       {Enabled: true, Presign: true, Ready: ready},
		"no way to tell whether":     {Enabled: true},
		`environment "e" has no sto`: {Enabled: true, Ready: ready, Environments: []download.Environment{{Name: "e"}}},
	} {
		if _, err := download.New(config, board.New(), newBooks(), zap.NewNop()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", config, err)
		}
	}
}

// A file that is replaced between the look at it and its opening comes as it is then.
func TestAFileThatIsReplacedInBetween(t *testing.T) {
	const key = "db/a/dump.gz"
	f := newFake(10)
	f.opened = func(f *fake) {
		f.opened = nil
		f.info.ETag, f.info.Size = "two", 20
	}
	s := fakeSite(t, f, nil)
	got := s.ask("GET", [2]string{"Range", "bytes=5-"})
	if got.status != 206 || len(got.body) != 15 || got.header.Get("ETag") != `"two"` || got.header.Get("Content-Range") != "bytes 5-19/20" {
		t.Errorf("got %d, %d bytes, %v", got.status, len(got.body), got.header)
	}
	if record := s.next(); record.GetSize() != 20 || record.GetSent() != 15 {
		t.Errorf("record %v", record)
	}
	resumedAfterReplacement(t, key)
}

// It is replaced when the first answer was as good as written.
func TestAFileThatIsReplacedAtTheFirstByte(t *testing.T) {
	f := newFake(10)
	whole := f.body
	f.body = func(part storage.Part, length int64) io.ReadCloser {
		f.body = whole
		f.info.ETag, f.info.Size = "two", 20
		return broken(0, storage.ErrChanged)(part, length)
	}
	s := fakeSite(t, f, nil)
	got := s.ask("GET", [2]string{"Range", "bytes=5-"}, [2]string{"If-Range", `"one"`})
	if got.status != 200 || len(got.body) != 20 || got.header.Get("Content-Range") != "" || got.header.Get("ETag") != `"two"` {
		t.Errorf("got %d, %d bytes, %v", got.status, len(got.body), got.header)
	}
	if record := s.next(); record.GetSize() != 20 || record.GetSent() != 20 || !record.GetComplete() {
		t.Errorf("record %v", record)
	}
	s.none()
}

// resumedAfterReplacement: the second half is of another file by now.
func resumedAfterReplacement(t *testing.T, key string) {
	t.Helper()
	server := storagetest.StartS3(t)
	cloud, name := bucket(t, server, "bucket", key, digits)
	local, root := folder(t, key, digits)
	for kind, c := range map[string]struct {
		site    *site
		replace func()
	}{
		"S3": {newSite(t, cloud, name, key, nil), func() { server.PutObject(name, key, "ABCDEFGHIJ") }},
		"folder": {newSite(t, local, root, key, nil), func() {
			lay(t, root, key+".new", "ABCDEFGHIJ")
			_ = os.Rename(filepath.Join(root, key+".new"), filepath.Join(root, key))
		}},
	} {
		t.Run(kind, func(t *testing.T) {
			first := c.site.ask("GET", [2]string{"Range", "bytes=0-4"})
			tag := first.header.Get("ETag")
			same := c.site.ask("GET", [2]string{"Range", "bytes=5-"}, [2]string{"If-Range", tag})
			c.replace()
			other := c.site.ask("GET", [2]string{"Range", "bytes=5-"}, [2]string{"If-Range", tag})
			got := fmt.Sprint(first.status, first.body, same.status, same.body, other.status, other.body)
			if want := fmt.Sprint(206, "01234", 206, "56789", 200, "ABCDEFGHIJ"); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if failed := c.site.ask("GET", [2]string{"Range", "bytes=5-"}, [2]string{"If-Match", tag}); failed.status != 412 {
				t.Errorf("If-Match: %d", failed.status)
			}
		})
	}
}
