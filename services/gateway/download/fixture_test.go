package download_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/local"
	"github.com/backmon/backmon/pkg/storage/s3"
	"github.com/backmon/backmon/pkg/storage/storagetest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
	"github.com/backmon/backmon/services/gateway/download"
	"github.com/backmon/backmon/services/gateway/guard"
)

// patience is how long a test waits for what must come at once.
const patience = 20 * time.Second

// when is the time of the files.
var when = time.Date(2026, 1, 14, 4, 0, 0, 0, time.UTC)

// site is a gateway that serves one series, db/a, for a user.
type site struct {
	t       testing.TB
	url     string
	handler *download.Handler
	board   *board.Board
	books   *books
	log     *observer.ObservedLogs
	series  backup.SeriesID
	keep    bool // connections, for the next request
}

// settings are what a test may change of a site.
type settings struct {
	download.Config
	series backup.SeriesID
	server http.Server // its limits
}

// newSite serves the latest file of that key, on a disk of the provider.
func newSite(t testing.TB, provider storage.Provider, disk, key string, change func(*settings)) *site {
	t.Helper()
	config := settings{
		Config: download.Config{
			Enabled: true, Expiry: time.Minute, Ready: func(context.Context) error { return nil },
			Environments: []download.Environment{{Name: "prod", Provider: provider}},
		},
		series: backup.SeriesID{Environment: "prod", Disk: disk, Directory: "db", File: "full", Group: "db/a"},
	}
	if change != nil {
		change(&config)
	}
	core, logs := observer.New(zap.DebugLevel)
	s := &site{t: t, board: board.New(), books: newBooks(), log: logs, series: config.series}
	s.show(key)
	handler, err := download.New(config.Config, s.board, s.books, zap.New(core))
	if err != nil {
		t.Fatal(err)
	}
	s.handler = handler
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := guard.WithUser(r.Context(), guard.Identity{Name: "alice"})
		handler.ServeSeries(w, r.WithContext(ctx), config.series)
	}))
	server.Config.ReadTimeout, server.Config.WriteTimeout = config.server.ReadTimeout, config.server.WriteTimeout
	server.Config.BaseContext = config.server.BaseContext
	server.Start()
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// show makes a file the series' latest; "" for none.
func (s *site) show(key string) {
	status := boardtest.Status("db/a")
	status.Series = s.series
	status.Files.Latest.Key = key
	if key == "" {
		status.Files.Latest = nil
	}
	s.board.Apply(boardtest.SeriesEvent(status))
}

// reply is an answer that was read to its end.
type reply struct {
	status int
	header http.Header
	body   string
	err    error // of the body
}

// ask makes a request with those headers, "Name: value", and follows no redirect.
func (s *site) ask(method string, headers ...[2]string) reply {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, header := range headers {
		r.Header.Add(header[0], header[1])
	}
	r.Close = !s.keep
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header, string(body), err}
}

// books remember what is written down.
type books struct {
	records chan *backmonv1.FileDownloaded

	mu  sync.Mutex
	err error
	ids map[string]bool
}

func newBooks() *books {
	return &books{records: make(chan *backmonv1.FileDownloaded, 1000), ids: map[string]bool{}}
}

func (b *books) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

// PublishAudit keeps a record.
func (b *books) PublishAudit(ctx context.Context, message proto.Message, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil || ctx.Err() != nil {
		return errors.Join(b.err, ctx.Err())
	}
	if b.ids[id] {
		return errors.New("the id was used before")
	}
	b.ids[id] = true
	b.records <- message.(*backmonv1.FileDownloaded)
	return nil
}

// next waits for the next record.
func (s *site) next() *backmonv1.FileDownloaded {
	s.t.Helper()
	select {
	case record := <-s.books.records:
		return record
	case <-time.After(patience):
		s.t.Fatal("nothing is written down")
		return nil
	}
}

// none fails the test if anything more was written down.
func (s *site) none() {
	s.t.Helper()
	select {
	case record := <-s.books.records:
		s.t.Errorf("written down: %v", record)
	default:
	}
}

// folder is a local disk with a file.
func folder(t testing.TB, key, content string) (storage.Provider, string) {
	t.Helper()
	root := t.TempDir()
	lay(t, root, key, content)
	provider, err := local.New(local.Config{Path: root})
	if err != nil {
		t.Fatal(err)
	}
	return provider, root
}

func lay(t testing.TB, root, key, content string) {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, when, when); err != nil {
		t.Fatal(err)
	}
}

// account is that of a real S3 server.
func account(t testing.TB, server *storagetest.Server) storage.Provider {
	t.Helper()
	return login(t, server, server.AccessKey, server.SecretKey)
}

// login is the account of one of its users.
func login(t testing.TB, server *storagetest.Server, accessKey, secretKey string) storage.Provider {
	t.Helper()
	provider, err := s3.New(t.Context(), s3.Config{
		Endpoint: server.Endpoint, Region: storagetest.Region, ForcePathStyle: true,
		AccessKeyID: accessKey, SecretAccessKey: s3.Secret(secretKey), MaxAttempts: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return provider
}

// bucket is one of a real S3 server, with a file.
func bucket(t testing.TB, server *storagetest.Server, name, key, content string) (storage.Provider, string) {
	t.Helper()
	server.CreateBucket(name)
	server.PutObject(name, key, content)
	path := filepath.Join(server.Dir, name, filepath.FromSlash(key))
	if err := os.Chtimes(path, when, when); err != nil {
		t.Fatal(err)
	}
	return account(t, server), name
}

var _ download.Books = (*bus.Bus)(nil)
