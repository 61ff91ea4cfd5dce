package download_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/storage/storagetest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

func links(c *settings) { c.Presign, c.Expiry = true, 90*time.Second }

// A link gives everyone the file, as the gateway would have sent it.
func TestLinks(t *testing.T) {
	const key = `db/größe "x"; 100% + \ <b>.gz`
	server := storagetest.StartS3(t)
	cloud, name := bucket(t, server, "bucket", key, digits)
	s := newSite(t, cloud, name, key, links)
	got := s.ask("GET")
	location, err := url.Parse(got.header.Get("Location"))
	if err != nil || got.status != 302 || got.body != "" || !strings.HasPrefix(location.String(), server.Endpoint) {
		t.Fatalf("got %d %q, %v, %v", got.status, got.body, location, err)
	}
	wantHeaders(t, got.header, map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
	if got.header.Get("ETag") != "" || got.header.Get("Content-Disposition") != "" || location.Query().Get("X-Amz-Expires") != "90" {
		t.Errorf("headers %v", got.header)
	}
	fetched := fetch(t, location.String(), "")
	if fetched.status != 200 || fetched.body != digits {
		t.Errorf("got %d %q", fetched.status, fetched.body)
	}
	wantHeaders(t, fetched.header, map[string]string{
		"Content-Type":        "application/octet-stream",
		"Content-Disposition": `attachment; filename="gr__e _x_; 100_ + _ <b>.gz"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%22x%22%3B%20100%25%20+%20_%20%3Cb%3E.gz`,
	})
	if ranged := fetch(t, location.String(), "bytes=4-"); ranged.status != 206 || ranged.body != "456789" {
		t.Errorf("got %d %q", ranged.status, ranged.body)
	}
	record := s.next()
	if record.GetMode() != backmonv1.DownloadMode_DOWNLOAD_MODE_LINK || record.GetSent() != 0 || !record.GetComplete() || record.GetSize() != 10 || record.GetUser() != "alice" {
		t.Errorf("record %v", record)
	}
	wantSecret(t, s, record.String(), location.Query().Get("X-Amz-Signature"))
}

// fetch is what anybody can do.
func fetch(t *testing.T, link, ranged string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	if ranged != "" {
		r.Header.Set("Range", ranged)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header, string(body), err}
}

// wantSecret fails if the signature is in the record or in the log.
func wantSecret(t *testing.T, s *site, record, signature string) {
	t.Helper()
	if len(signature) < 32 {
		t.Fatalf("signature %q", signature)
	}
	texts := []string{record}
	for _, entry := range s.log.All() {
		texts = append(texts, entry.Message)
		for _, value := range entry.ContextMap() {
			if text, ok := value.(string); ok {
				texts = append(texts, text)
			}
		}
	}
	for _, text := range texts {
		if strings.Contains(text, signature) || strings.Contains(text, "X-Amz-") {
			t.Errorf("the link is in %q", text)
		}
	}
}

// A look, a condition and a missing file need no link.
func TestNoLinks(t *testing.T) {
	server := storagetest.StartS3(t)
	cloud, name := bucket(t, server, "bucket", "file", digits)
	s := newSite(t, cloud, name, "file", links)
	head := s.ask("HEAD")
	if head.status != 200 || head.header.Get("Content-Length") != "10" || head.header.Get("Location") != "" {
		t.Errorf("HEAD: %d %v", head.status, head.header)
	}
	if got := s.ask("GET", [2]string{"If-None-Match", head.header.Get("ETag")}); got.status != 304 {
		t.Errorf("known: %d", got.status)
	}
	s.none()
	s.show("gone")
	s.ask("GET").want(t, s, 404, "is no longer there")
}

// What isn't written down is not lent.
func TestALinkThatCannotBeBooked(t *testing.T) {
	f := newFake(10)
	f.presign = nil
	s := fakeSite(t, f, links)
	s.books.fail(errOdd)
	got := s.ask("GET")
	got.want(t, s, 503, "who takes a file is written down")
	if got.header.Get("Location") != "" {
		t.Errorf("it is lent: %v", got.header)
	}
}

// Folders have no links, and are streamed.
func TestLinksOfFolders(t *testing.T) {
	local, root := folder(t, "db/a/dump.gz", digits)
	s := newSite(t, local, root, "db/a/dump.gz", links)
	if got := s.ask("GET", [2]string{"Range", "bytes=7-"}); got.status != 206 || got.body != "789" {
		t.Errorf("got %d %q", got.status, got.body)
	}
	wantRecord(t, s, 3, true)
}
