package cmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/bus/bustest"
	"github.com/backmon/backmon/services/cmd"
)

// patience is how long a test waits for what must come soon.
const patience = 30 * time.Second

// journal takes what a running program writes and can be read meanwhile.
type journal struct {
	mu      sync.Mutex
	text    bytes.Buffer
	written chan struct{}
}

func newJournal() *journal { return &journal{written: make(chan struct{}, 1)} }

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	select {
	case j.written <- struct{}{}:
	default:
	}
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// waitFor returns when the text has been written.
func (j *journal) waitFor(t *testing.T, text string) {
	t.Helper()
	end := time.After(patience)
	for !strings.Contains(j.String(), text) {
		select {
		case <-j.written:
		case <-end:
			t.Fatalf("%q is not written:\n%s", text, j)
		}
	}
}

// process is a program that goes on until it is stopped.
type process struct {
	out, err *journal
	address  chan net.Addr
	cancel   context.CancelFunc
	code     chan int
}

// launch starts a program that is stopped with the test at the latest.
func launch(t *testing.T, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p := &process{out: newJournal(), err: newJournal(), address: make(chan net.Addr, 1), cancel: cancel, code: make(chan int, 1)}
	program := cmd.Program{
		Version: "1.2.3", Out: p.out, Err: p.err, Env: func(string) (string, bool) { return "", false },
		OnListen: func(a net.Addr) { p.address <- a },
	}
	go func() { p.code <- program.Main(ctx, args) }()
	t.Cleanup(func() { p.stop(t) })
	return p
}

// stop ends the program as a signal does, and returns its exit code.
func (p *process) stop(t *testing.T) int {
	t.Helper()
	p.cancel()
	select {
	case code := <-p.code:
		p.code <- code
		return code
	case <-time.After(patience):
		t.Errorf("it does not stop:\n%s", p.err)
		return -1
	}
}

// url waits until the program serves HTTP.
func (p *process) url(t *testing.T) string {
	t.Helper()
	select {
	case a := <-p.address:
		return fmt.Sprintf("http://127.0.0.1:%d", a.(*net.TCPAddr).Port)
	case <-time.After(patience):
		t.Fatalf("it does not listen:\n%s", p.err)
		return ""
	}
}

// newConfig writes a configuration of one folder, with NATS inside `run`.
func newConfig(t *testing.T, folder, listen string) string {
	t.Helper()
	text := fmt.Sprintf("port: 0\nupdate_interval: 1h\nenvironments: {home: {path: %q}}\nnats: {embedded: {store_dir: %q, listen: %q}}\n",
		folder, filepath.Join(t.TempDir(), "store"), listen)
	return put(t, t.TempDir(), "config.yaml", text)
}

// today is a disk with backups of the last nights.
func today(t *testing.T, nights ...int) string {
	t.Helper()
	folder := t.TempDir()
	put(t, folder, "backup_definitions.yaml", strings.Replace(definitions, "        schedule: 0 2 * * *\n", "        schedule: 0 0 * * *\n        grace: 30h\n", 1))
	for _, n := range nights {
		put(t, folder, "db/a/dump-"+time.Now().UTC().AddDate(0, 0, -n).Format("20060102")+".gz", "content")
	}
	return folder
}

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// The whole program: it is started, asked in every way, and stopped.
func TestRun(t *testing.T) {
	away(t)
	folder := today(t, 0, 1)
	config := newConfig(t, folder, bustest.FreeAddress(t))
	running := launch(t, "run", "--config", config)
	url := running.url(t)

	backmon(t, "status", "--config", config, "--wait", "30s").expect(t, 0, "1 series on home:"+folder+": 1 ok", "OK ", "db/a")
	if text := get(t, url+"/metrics"); !strings.Contains(text, `group="db/a",state="OK"} 1`) {
		t.Errorf("metrics:\n%s", text)
	}
	if text := get(t, url+"/healthz"); text != "ok\n" {
		t.Errorf("healthz: %q", text)
	}
	r := backmon(t, "status", "--config", config, "-o", "json")
	r.expect(t, 0)
	var document struct{ Series []struct{ State string } }
	if err := json.Unmarshal([]byte(r.out), &document); err != nil || len(document.Series) != 1 || document.Series[0].State != "OK" {
		t.Errorf("status as JSON: %v, %+v", err, document)
	}
	backmon(t, "status", "--config", config, "-o", "prometheus").expect(t, 0, "backmon_environments_total 1", "backmon_backup_file_count{")

	watcher := launch(t, "watch", "--config", config)
	watcher.out.waitFor(t, "1 other series are well; changes follow")
	lines := launch(t, "watch", "--config", config, "-o", "json")
	lines.out.waitFor(t, "\n")
	if first, _, _ := strings.Cut(lines.out.String(), "\n"); !json.Valid([]byte(first)) || !strings.Contains(first, `"group":"db/a"`) {
		t.Errorf("watch -o json: %q", first)
	}
	backmon(t, "provision", "--config", config).expect(t, 0)

	for name, p := range map[string]*process{"watch": watcher, "watch -o json": lines, "run": running} {
		if code := p.stop(t); code != 0 {
			t.Errorf("%s ended with %d:\n%s", name, code, p.err)
		}
	}
	for line := range strings.Lines(running.err.String()) {
		if !json.Valid([]byte(line)) || strings.Contains(line, `"level":"error"`) {
			t.Errorf("log line %q", line)
		}
	}
}

// What the configuration protects is protected, and from those whom it names.
func TestRunAsksForTheUser(t *testing.T) {
	away(t)
	config := newConfig(t, today(t, 0), bustest.FreeAddress(t))
	r := backmonGiven(t, strings.NewReader("r3ad\n"), "hash-password", "--cost", "4")
	r.expect(t, 0)
	hash := strings.TrimSpace(r.out)
	put(t, filepath.Dir(config), "config.yaml", read(t, config)+"http: {basic_auth: {username: u, password: p4ss}, users: [{name: r, password-hash: "+hash+"}], protect-metrics: true}\n")
	running := launch(t, "run", "--config", config)
	url := running.url(t)
	for _, c := range []struct {
		method, path, name, password string
		status                       int
	}{
		{"GET", "/metrics", "", "", 401},
		{"GET", "/metrics", "r", "r3ad", 200},
		{"GET", "/metrics", "r", hash, 401},
		{"POST", "/metrics", "r", "r3ad", 403},
		{"POST", "/metrics", "u", "p4ss", 405},
		{"GET", "/healthz", "", "", 200},
	} {
		if status := ask(t, c.method, url+c.path, c.name, c.password); status != c.status {
			t.Errorf("%s %s by %q: %d, want %d", c.method, c.path, c.name, status, c.status)
		}
	}
	if code := running.stop(t); code != 0 || strings.Contains(running.err.String(), "p4ss") || strings.Contains(running.err.String(), hash) {
		t.Errorf("exit code %d, log:\n%s", code, running.err)
	}
}

// ask sends a request of a user and returns the answer's status.
func ask(t *testing.T, method, url, name, password string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if name != "" {
		r.SetBasicAuth(name, password)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// Where nothing listens for other programs, an operator is told so.
func TestNowhereToAsk(t *testing.T) {
	away(t)
	config := newConfig(t, today(t, 0), "")
	backmon(t, "status", "--config", config).expect(t, 3, "listen")
	running := launch(t, "run", "--config", config)
	running.url(t)
	if code := running.stop(t); code != 0 {
		t.Errorf("run without a port ended with %d:\n%s", code, running.err)
	}
}

// Before `run` has ever been started there is nobody to ask.
func TestNobodyToAsk(t *testing.T) {
	away(t)
	config := newConfig(t, today(t, 0), bustest.FreeAddress(t))
	backmon(t, "status", "--config", config).expect(t, 3, "start `backmon run`")
	backmon(t, "watch", "--config", config).expect(t, 1, "start `backmon run`")
}

// Two processes on one store would destroy it.
func TestRunTwice(t *testing.T) {
	away(t)
	config := newConfig(t, today(t, 0), bustest.FreeAddress(t))
	launch(t, "run", "--config", config).url(t)
	backmon(t, "run", "--config", config).expect(t, 1, "is in use by another backmon process")
}

// A port that is taken ends the program, with what is wrong.
func TestPortInUse(t *testing.T) {
	away(t)
	taken, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	config := newConfig(t, today(t, 0), bustest.FreeAddress(t))
	text := strings.Replace(read(t, config), "port: 0", fmt.Sprintf("port: %d", taken.Addr().(*net.TCPAddr).Port), 1)
	put(t, filepath.Dir(config), "config.yaml", text)
	backmon(t, "run", "--config", config).expect(t, 1, "gateway: listen on", "address already in use")
}
