package receiver_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/incident"
)

// internet stands for all servers of the world: a proxy on this machine that answers
// in their place, with certificates of its own authority.
type internet struct {
	server
	proxy     *httptest.Server
	authority string // file
	ca        *x509.Certificate
	key       *ecdsa.PrivateKey
	answer    http.HandlerFunc
}

func openInternet(t *testing.T, answer http.HandlerFunc) *internet {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &internet{key: key, authority: filepath.Join(t.TempDir(), "ca.pem")}
	i.answer = i.keep(t, answer)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	if i.ca, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(i.authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	i.proxy = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { i.connect(t, w, r) }))
	t.Cleanup(i.proxy.Close)
	return i
}

// connect is what a proxy does: from now on the connection leads to the server.
func (i *internet) connect(t *testing.T, w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		t.Errorf("the proxy is asked to %s %s", r.Method, r.URL)
		return
	}
	connection, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		return
	}
	secured := tls.Server(connection, &tls.Config{GetCertificate: i.certificate})
	defer secured.Close()
	in := bufio.NewReader(secured)
	for {
		request, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		recorder := httptest.NewRecorder()
		i.answer(recorder, request)
		result := recorder.Result()
		result.ContentLength = int64(recorder.Body.Len()) // or it would last as long as the connection
		if err := result.Write(secured); err != nil {
			return
		}
	}
}

func (i *internet) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), DNSNames: []string{hello.ServerName}, NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, i.ca, &i.key.PublicKey, i.key)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: i.key}, err
}

const childVariable = "BACKMON_TEST_CHILD"

// again runs the same test in a process of its own, whose way to the internet leads
// through a proxy: that has to be set before a process begins.
func again(t *testing.T, proxy, authority string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), childVariable+"="+t.Name(), "HTTP_PROXY="+proxy, "HTTPS_PROXY="+proxy, "NO_PROXY=", "SSL_CERT_FILE="+authority)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "\n--- PASS: "+t.Name()) {
		t.Errorf("%v:\n%s", err, out)
	}
}

// isAgain reports whether this is the process that again has started.
func isAgain(t *testing.T) bool { return os.Getenv(childVariable) == t.Name() }

// No error of any service holds its token: nobody can be reached.
func TestChatErrorsHoldNoSecret(t *testing.T) {
	if isAgain(t) {
		unreachable(t)
		return
	}
	again(t, "http://127.0.0.1:1", "")
}

func unreachable(t *testing.T) {
	eachService(t, everyService, func(t *testing.T, address string) {
		c := chatOf(address)
		c.Timeout = time.Second
		e := refused(t, open(t, c), notice("n", incident.Opened, late()))
		t.Log(e)
		checkNoToken(t, e.Error())
	})
}

func checkNoToken(t *testing.T, text string) {
	t.Helper()
	wantWithout(t, text, canary, "0123456789abcdef0123456789abcdef", "33333301222222222233333333333344", "/services/", "bot12345678")
}

// eachService does something with all services at once.
func eachService(t *testing.T, addresses []string, check func(*testing.T, string)) {
	for _, address := range addresses {
		scheme, _, _ := strings.Cut(address, ":")
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			check(t, withCanary(address))
		})
	}
}

// hosted are the services that can be reached by a proxy.
func hosted() []string {
	var out []string
	for _, address := range everyService {
		scheme, _, _ := strings.Cut(address, ":")
		switch scheme {
		case "smtp", "gotify", "ntfy", "mattermost", "signal": // they use no proxy
			continue
		case "generic+http":
			address = "generic+https://hooks.test/TOKEN"
		}
		address = strings.NewReplacer("127.0.0.1:1", "backmon.test", "&disabletls=yes", "", "?disabletls=yes", "", "/?scheme=http", "/").Replace(address)
		out = append(out, address)
	}
	return out
}

// An answer that is no success is an error, with every service; and says no token.
func TestChatErrorsOfServers(t *testing.T) {
	if isAgain(t) {
		refusing(t)
		return
	}
	for _, answer := range []struct {
		status int
		body   string
	}{{500, ""}, {502, "<html>Bad Gateway</html>"}, {403, `{"ok":false,"description":"forbidden","errors":["x"]}`}, {429, "slow down"}} {
		world := openInternet(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(answer.status)
			_, _ = io.WriteString(w, answer.body)
		})
		again(t, world.proxy.URL, world.authority)
		if n := len(world.got()); n < len(hosted()) {
			t.Errorf("status %d: only %d requests of %d services", answer.status, n, len(hosted()))
		}
	}
}

func refusing(t *testing.T) {
	eachService(t, hosted(), func(t *testing.T, address string) {
		c := chatOf(address)
		c.Timeout = time.Second // Discord tries again and again
		checkNoToken(t, refused(t, open(t, c), notice("n", incident.Opened, late())).Error())
	})
}

// welcome is an answer that every service takes for a success.
func welcome(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.Contains(r.URL.Path, "/services/") && r.URL.Host == "" && strings.HasPrefix(r.Host, "hooks.slack"):
		_, _ = io.WriteString(w, "ok")
	case strings.HasPrefix(r.Host, "discord"):
		w.WriteHeader(http.StatusNoContent)
	default:
		_, _ = io.WriteString(w, `{"ok":true,"result":{},"code":0,"errcode":0,"status":"success","flows":[{"type":"m.login.password"}],"access_token":"t","room_id":"!r:h","event_id":"$e"}`)
	}
}

// Every service gets what is to be said, and its answer is understood.
func TestChatServers(t *testing.T) {
	if isAgain(t) {
		welcoming(t)
		return
	}
	world := openInternet(t, welcome)
	again(t, world.proxy.URL, world.authority)
	said := map[string]bool{}
	for _, r := range world.got() {
		text := r.body + r.query
		if strings.Contains(text, "postgres") && strings.Contains(text, "late") {
			host, _, _ := net.SplitHostPort(r.host)
			if host == "" {
				host = r.host
			}
			said[host] = true
		}
		checkNoToken(t, r.header.Get("User-Agent"))
	}
	for _, host := range []string{
		"discord.com", "hooks.test", "backmon.test", "chat.googleapis.com", "maker.ifttt.com", "joinjoaomgcd.appspot.com", "open.larksuite.com",
		"notifiarr.com", "api.pushover.net", "hooks.slack.com", "slack.com", "test.webhook.office.com", "api.telegram.org", "qyapi.weixin.qq.com", "example.zulipchat.com",
	} {
		if !said[host] {
			t.Errorf("%s heard nothing of the trouble", host)
		}
	}
}

func welcoming(t *testing.T) {
	eachService(t, hosted(), func(t *testing.T, address string) {
		err := open(t, chatOf(address)).Send(t.Context(), notice("n", incident.Opened, late()))
		if strings.HasPrefix(address, "pushbullet") || strings.HasPrefix(address, "bark") { // they want their own answers
			return
		}
		if err != nil {
			t.Error(err)
		}
	})
}

// What Telegram gets, and what it may answer.
func TestTelegram(t *testing.T) {
	if isAgain(t) {
		toTelegram(t)
		return
	}
	var mu sync.Mutex
	answers := []int{200, 429, 403, 502}
	world := openInternet(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		code := answers[0]
		answers = answers[1:]
		w.Header().Set("Retry-After", "17")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, `{"ok":false,"description":"what Telegram says"}`)
	})
	again(t, world.proxy.URL, world.authority)
	got := world.got()
	if len(got) != 4 {
		t.Fatalf("%d requests", len(got))
	}
	if r := got[0]; r.path != "/bot12345678:"+canary+"/sendMessage" || r.header.Get("Content-Type") != "application/json" {
		t.Errorf("%s, %s", r.path, r.header.Get("Content-Type"))
	}
	wantContains(t, got[0].body, `"chat_id":"@ops"`, `"message_thread_id":7`, `"parse_mode":"HTML"`, `"disable_web_page_preview":true`,
		`"text":"<b>Backup late: &lt;b&gt;/nightly`, `\n\nThe backup &lt;b&gt;/nightly`)
	wantWithout(t, got[0].body, "disable_notification")
}

func toTelegram(t *testing.T) {
	i := late()
	i.Subject.Directory = "<b>"
	n := notice("n", incident.Opened, i)
	r := open(t, chatOf("telegram://12345678:"+canary+"@telegram?chats=@ops:7&preview=no"))
	if err := r.Send(context.Background(), n); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		permanent bool
		after     time.Duration
	}{{false, 17 * time.Second}, {true, 0}, {false, 17 * time.Second}} {
		e := refused(t, r, n)
		if e.Permanent() != want.permanent || e.RetryAfter() != want.after {
			t.Errorf("permanent %v, after %v: %v", e.Permanent(), e.RetryAfter(), e)
		}
		wantContains(t, e.Error(), "what Telegram says")
		checkNoToken(t, e.Error())
	}
}

// A pager opens one alarm for a group of incidents, and closes it.
func TestPager(t *testing.T) {
	if isAgain(t) {
		toPager(t)
		return
	}
	world := openInternet(t, welcome)
	again(t, world.proxy.URL, world.authority)
	var events []pagerEvent
	for _, r := range world.got() {
		var e pagerEvent
		if err := json.Unmarshal([]byte(r.body), &e); err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	if len(events) != 4 {
		t.Fatalf("%d events", len(events))
	}
	opened, over, other, own := events[0], events[1], events[2], events[3]
	if opened.Action != "trigger" || opened.Payload.Severity != "warning" || opened.Payload.Summary != lateTitle || opened.Key == "" || opened.Client != "backmon" {
		t.Errorf("%+v", opened)
	}
	wantContains(t, opened.Details.Text, "What to do: ")
	if over.Action != "resolve" || over.Key != opened.Key {
		t.Errorf("%+v", over)
	}
	if other.Key == opened.Key {
		t.Error("another group has the same key")
	}
	if own.Key != "mine" {
		t.Errorf("the key of the URL gives way to %q", own.Key)
	}
}

type pagerEvent struct {
	Action  string `json:"event_action"`
	Key     string `json:"dedup_key"`
	Client  string
	Payload struct{ Summary, Severity string }
	Details struct{ Text string }
}

func toPager(t *testing.T) {
	const address = "pagerduty://pager.test/0123456789abcdef0123456789abcdef"
	other := notice("n-3", incident.Opened, late())
	other.Group = map[string]string{"env": "prod", "disk": "files"}
	r := open(t, chatOf(address))
	for _, n := range []incident.Notice{notice("n-1", incident.Opened, late()), notice("n-2", incident.Closed, ended(late())), other} {
		sent(t, r, n)
	}
	sent(t, open(t, chatOf(address+"?dedup_key=mine")), notice("n-4", incident.Opened, late()))
}
