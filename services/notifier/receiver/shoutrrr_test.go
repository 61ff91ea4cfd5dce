package receiver_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/bus/bustest"
	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/notifier/receiver"
)

func chatOf(urls ...string) receiver.Config {
	s := &receiver.Shoutrrr{}
	for _, u := range urls {
		s.URLs = append(s.URLs, config.Secret(u))
	}
	return receiver.Config{Shoutrrr: s}
}

// hostOf is the address of a server, as URLs of shoutrrr have it.
func hostOf(t *testing.T, s *server) string {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// write answers with a text.
func write(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

const lateTitle = "Backup late: postgres/nightly (postgres/acme) on prod:db"

// Real services of shoutrrr against a server that takes what they send.
func TestChat(t *testing.T) {
	for _, c := range []struct {
		name, url string // HOST is the server
		answer    string
		check     func(*testing.T, request)
	}{
		{"gotify", "gotify://HOST/Aaa.bbb.ccc.ddd?disabletls=yes", "{}", func(t *testing.T, r request) {
			var m struct{ Title, Message string }
			if err := json.Unmarshal([]byte(r.body), &m); err != nil || m.Title != lateTitle || !strings.HasPrefix(m.Message, "The backup postgres/nightly") {
				t.Errorf("error %v, %s", err, r.body)
			}
		}},
		{"ntfy", "ntfy://HOST/backups?scheme=http", "{}", func(t *testing.T, r request) {
			if r.header.Get("Title") != lateTitle || r.path != "/backups" || !strings.HasPrefix(r.body, "The backup postgres/nightly") {
				t.Errorf("%s, title %q: %s", r.path, r.header.Get("Title"), r.body)
			}
		}},
		{"generic", "generic://HOST/hook?disabletls=yes", "", func(t *testing.T, r request) {
			if !strings.HasPrefix(r.body, lateTitle+"\n\nThe backup postgres/nightly") {
				t.Errorf("%s", r.body)
			}
		}},
		{"generic in JSON", "generic://HOST/hook?disabletls=yes&template=json", "", func(t *testing.T, r request) {
			var m struct{ Title, Message string }
			if err := json.Unmarshal([]byte(r.body), &m); err != nil || m.Title != lateTitle || strings.HasPrefix(m.Message, lateTitle) {
				t.Errorf("error %v, %s", err, r.body)
			}
		}},
		{"generic by its own address", "generic+http://HOST/hook", "", func(t *testing.T, r request) {
			if r.path != "/hook" || !strings.HasPrefix(r.body, lateTitle) {
				t.Errorf("%s: %s", r.path, r.body)
			}
		}},
		{"mattermost", "mattermost://HOST/some-token?disabletls=yes", "ok", func(t *testing.T, r request) {
			wantContains(t, r.body, lateTitle)
		}},
		{"bark", "bark://:device@HOST/?scheme=http", `{"code":200}`, func(t *testing.T, r request) {
			wantContains(t, r.body, lateTitle)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, write(c.answer))
			sent(t, open(t, chatOf(strings.Replace(c.url, "HOST", hostOf(t, s), 1))), notice("n", incident.Opened, late()))
			c.check(t, s.only(t))
		})
	}
}

// Every service that New takes, with a URL of its own kind. TOKEN is what nobody must
// see.
var everyService = []string{
	"bark://:TOKEN@127.0.0.1:1/?scheme=http",
	"discord://TOKEN@123456789",
	"generic://127.0.0.1:1/TOKEN?disabletls=yes",
	"generic+http://127.0.0.1:1/TOKEN",
	"gotify://127.0.0.1:1/ATOKEN567890123?disabletls=yes",
	"googlechat://chat.googleapis.com/v1/spaces/FOO/messages?key=TOKEN&token=TOKEN",
	"ifttt://TOKEN/?events=backup",
	"join://Token:TOKEN@join?devices=dev1",
	"lark://open.larksuite.com/TOKEN?secret=TOKEN",
	"matrix://user:TOKEN@127.0.0.1:1/?rooms=!room:host&disabletls=yes",
	"mattermost://127.0.0.1:1/TOKEN?disabletls=yes",
	"notifiarr://TOKEN?channel=123456789",
	"ntfy://user:TOKEN@127.0.0.1:1/TOKEN?scheme=http",
	"opsgenie://127.0.0.1:1/TOKEN",
	"pagerduty://127.0.0.1:1/0123456789abcdefTOKEN0123456789abcdef",
	"pushbullet://TOKENTOKENTOKENTOKENTOKENTOKENTOKEN/device",
	"pushover://:TOKEN@userTOKEN",
	"rocketchat://127.0.0.1:1/TOKEN/TOKEN",
	"signal://user:TOKEN@127.0.0.1:1/+1234567890/+0987654321?disabletls=yes",
	"slack://hook:AAAAAAAAA-BBBBBBBBB-TOKEN0123456789012345678@webhook",
	"slack://xoxb:123456789012-1234567890123-TOKEN1YL3g1T5L4cK70k3N@C0123456789",
	"smtp://user:TOKEN@127.0.0.1:1/?from=a@b.c&to=d@e.f",
	"teams://11111111-4444-4444-8444-cccccccccccc@22222222-4444-4444-8444-cccccccccccc/33333301222222222233333333333344/44444444-4444-4444-8444-cccccccccccc/TOKEN?host=test.webhook.office.com",
	"telegram://12345678:TOKEN@telegram/?chats=channel-1",
	"wecom://TOKEN",
	"zulip://bot%40zulipchat.com:TOKEN@example.zulipchat.com?stream=foo&topic=bar",
}

const canary = "c4n4ry"

// withCanary writes a URL with a token of a kind that the service takes.
func withCanary(address string) string {
	for long, short := range map[string]string{
		"ATOKEN567890123":                              "A" + canary + "90123ab7",
		"0123456789abcdefTOKEN0123456789abcdef":        "0123456789abcdef0123456789abcdef",
		"TOKENTOKENTOKENTOKENTOKENTOKENTOKEN/":         "o." + strings.Repeat(canary, 5) + "12/",
		"AAAAAAAAA-BBBBBBBBB-TOKEN0123456789012345678": "AAAAAAAAA-BBBBBBBBB-" + canary + "789012345678901234",
		"TOKEN1YL3g1T5L4cK70k3N":                       canary + "11YL3g1T5L4cK70k3N",
	} {
		address = strings.Replace(address, long, short, 1)
	}
	return strings.ReplaceAll(address, "TOKEN", canary)
}

// What went wrong is still to be read.
func TestChatErrors(t *testing.T) {
	s := serve(t, status(http.StatusForbidden))
	e := refused(t, open(t, chatOf("generic://"+hostOf(t, s)+"/secret-hook?disabletls=yes")), notice("n", incident.Opened, late()))
	wantContains(t, e.Error(), "generic: ", "403 Forbidden")
	if e.Permanent() {
		t.Error("shoutrrr does not tell what is for good")
	}
	e = refused(t, open(t, chatOf("ntfy://"+bustest.FreeAddress(t)+"/topic?scheme=http")), notice("n", incident.Opened, late()))
	wantContains(t, e.Error(), "connection refused")
}

// An attempt that takes too long is not made twice: what became of it counts.
func TestChatIsNotSentTwice(t *testing.T) {
	for _, code := range []int{http.StatusOK, http.StatusBadGateway} {
		answer := make(chan int)
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(<-answer) })
		c := chatOf("generic://" + hostOf(t, s) + "/hook?disabletls=yes")
		c.Timeout = 50 * time.Millisecond
		r := open(t, c)
		n := notice("n-1", incident.Opened, late())
		wantContains(t, refused(t, r, n).Error(), "still waited for")
		wantContains(t, refused(t, r, n).Error(), "still waited for")
		answer <- code
		eventually(t, "the attempt to end", func() bool {
			err := r.Send(t.Context(), n)
			return err == nil || !strings.Contains(err.Error(), "still waited for")
		})
		if len(s.got()) != 1 {
			t.Errorf("status %d: %d requests", code, len(s.got()))
		}
		go func() { answer <- http.StatusOK }()
		c.Timeout = 5 * time.Second
		eventually(t, "the next one", func() bool { return r.Send(t.Context(), n) == nil })
		if len(s.got()) != 2 {
			t.Errorf("status %d: %d requests after it was known", code, len(s.got()))
		}
	}
}

// Notices of several groups may be on their way at a time; -race watches.
func TestChatAtOnce(t *testing.T) {
	s := serve(t, write("{}"))
	r := open(t, chatOf("ntfy://"+hostOf(t, s)+"/backups?scheme=http"))
	var group sync.WaitGroup
	for _, id := range strings.Split("abcdefgh", "") {
		group.Go(func() {
			i := late()
			i.Subject.File = id
			if err := r.Send(t.Context(), notice(id, incident.Opened, i)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, q := range s.got() {
		if !strings.Contains(q.body, strings.Split(q.header.Get("Title"), " ")[2]) {
			t.Errorf("title %q of another message: %s", q.header.Get("Title"), q.body)
		}
	}
}

// A long text is cut, and the link stays.
func TestChatShortens(t *testing.T) {
	s := serve(t, write("{}"))
	i := late()
	i.Severity, i.State = 3, 0
	i.Flags = []string{"EMPTY"}
	i.Reasons[0].Code = "EMPTY"
	i.Reasons[0].Text = strings.Repeat("ü long reason ", 600)
	sent(t, open(t, chatOf("ntfy://"+hostOf(t, s)+"/backups?scheme=http")), notice("n", incident.Opened, i))
	body := s.only(t).body
	if len(body) > 3500 || !strings.HasSuffix(body, "… (cut off here)\n\nhttps://backmon.example.org/series/prod/db/postgres/nightly/postgres=2Facme") {
		t.Errorf("%d bytes: …%s", len(body), body[max(0, len(body)-200):])
	}
}

// A name can't call a whole channel.
func TestChatNamesCallNobody(t *testing.T) {
	s := serve(t, write("ok"))
	i := late()
	i.Subject.Group = "@all <!channel>"
	sent(t, open(t, chatOf("mattermost://"+hostOf(t, s)+"/token?disabletls=yes")), notice("n", incident.Opened, i))
	wantWithout(t, s.only(t).body, "@all")
	wantContains(t, s.only(t).body, "@\u200ball")
}

func TestChatConfig(t *testing.T) {
	for _, address := range everyService {
		if _, err := receiver.New(chatOf(withCanary(address)), nil); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, c := range []struct{ name, url, want string }{
		{"no URL", "token", "can't be read"},
		{"an unknown service", "slcak://token@channel", `there is no service "slcak"; did you mean "slack"?`},
		{"a service that prints", "logger://", "delivers nothing"},
		{"an unknown parameter", "ntfy://ntfy.sh/secret-topic?titel=x", "ntfy: "},
		{"what is missing", "telegram://secret-token@telegram", "telegram: "},
		{"Markdown", "telegram://12345678:secret-token@telegram?chats=x&parsemode=MarkdownV2", "leave parsemode away"},
		{"no address of its own", "slack+https://hooks.slack.com/services/secret-token", "takes no URL"},
		{"several recipients", "telegram://12345678:secret-token@telegram?chats=x,y", "Expand"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := receiver.New(chatOf(c.url), nil)
			if err == nil {
				t.Fatal("it is accepted")
			}
			wantContains(t, err.Error(), c.want)
			wantWithout(t, err.Error(), "secret-token", "secret-topic")
		})
	}
	for _, urls := range [][]string{nil, {"ntfy://a/b", "ntfy://a/c"}} {
		if _, err := receiver.New(chatOf(urls...), nil); err == nil {
			t.Errorf("%d URLs are accepted", len(urls))
		}
	}
}
