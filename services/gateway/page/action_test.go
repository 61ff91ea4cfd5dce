package page_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/gatewaytest"
	"github.com/backmon/backmon/services/gateway/guard"
	"github.com/backmon/backmon/services/gateway/page/pagetest"
)

const (
	acmePath = "/series/prod/databases/postgres/nightly/postgres=2Facme"
	diskPath = "/disks/prod/databases"
)

func site(b *gatewaytest.Bus) pagetest.Site {
	return pagetest.Site{Board: pagetest.Well(seven), Bus: b, Now: seven}
}

func post(t *testing.T, h http.Handler, path string, form url.Values) answer {
	t.Helper()
	if form == nil {
		form = url.Values{}
	}
	return ask(t, h, http.MethodPost, path, form)
}

func TestEvaluate(t *testing.T) {
	for _, c := range []struct {
		name, path string
		bus        *gatewaytest.Bus
		form       url.Values
		status     int
		location   string
		asked      int
	}{
		{"from a disk", diskPath + "/evaluate", &gatewaytest.Bus{}, nil, 303, diskPath + "?done=evaluate", 1},
		{"from a series", diskPath + "/evaluate", &gatewaytest.Bus{}, url.Values{"back": {acmePath}}, 303, acmePath + "?done=evaluate", 1},
		{"queued already", diskPath + "/evaluate", &gatewaytest.Bus{Queued: true}, nil, 303, diskPath + "?done=evaluate-queued", 0},
		{"nowhere else", diskPath + "/evaluate", &gatewaytest.Bus{}, url.Values{"back": {"https://evil.example/"}}, 303, diskPath + "?done=evaluate", 1},
		{"nor by two slashes", diskPath + "/evaluate", &gatewaytest.Bus{}, url.Values{"back": {"//evil.example/"}}, 303, diskPath + "?done=evaluate", 1},
		{"no such disk", "/disks/prod/nothing/evaluate", &gatewaytest.Bus{}, nil, 404, "", 0},
		{"no name", "/disks/prod/=2/evaluate", &gatewaytest.Bus{}, nil, 404, "", 0},
		{"the bus fails", diskPath + "/evaluate", &gatewaytest.Bus{Err: errors.New("not connected")}, nil, 503, "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := post(t, site(c.bus).Handler(t), c.path, c.form)
			if got.status != c.status || got.header.Get("Location") != c.location {
				t.Errorf("%d to %q, want %d to %q", got.status, got.header.Get("Location"), c.status, c.location)
			}
			if found := c.bus.Found(); len(found) != c.asked {
				t.Errorf("%d evaluations, want %d", len(found), c.asked)
			} else if c.asked > 0 && (found[0].GetDisk() != "databases" || found[0].GetTrigger() != backmonv1.Trigger_TRIGGER_REQUEST) {
				t.Errorf("asked for %v", found[0])
			}
		})
	}
}

func TestHold(t *testing.T) {
	b := new(gatewaytest.Bus)
	h := site(b).Handler(t)
	got := post(t, h, acmePath+"/hold", url.Values{"why": {" restore "}, "by": {"eve"}, "until": {"12h"}})
	if got.status != http.StatusSeeOther || got.header.Get("Location") != acmePath+"?done=hold" {
		t.Fatalf("%d to %q: %s", got.status, got.header.Get("Location"), got.main(t))
	}
	got = post(t, h, diskPath+"/hold", url.Values{"why": {"audit"}, "by": {"ops"}, "until": {"12h"}, "day": {"2026-01-31"}})
	if got.status != http.StatusSeeOther {
		t.Fatalf("%d: %s", got.status, got.main(t))
	}
	messages, _ := b.Holds(t.Context())
	first, second := wire.ParseHold(messages[0]), wire.ParseHold(messages[1])
	if first.Group != "postgres/acme" || first.By != "eve" || first.Why != "restore" || !first.Until.Equal(seven.Add(12*time.Hour)) {
		t.Errorf("the first hold is %+v", first)
	}
	if second.Disk != "databases" || second.Directory != "" || !second.Until.Equal(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("the second hold is %+v", second)
	}
	if page := get(t, h, acmePath+"?done=hold").main(t); !strings.Contains(page, "The hold is put") || !strings.Contains(page, "HELD") {
		t.Errorf("the page does not say so: %s", page)
	}
	if list := get(t, h, "/holds").main(t); !strings.Contains(list, "group postgres/acme") || !strings.Contains(list, "restore eve") {
		t.Errorf("the list: %s", list)
	}
	got = post(t, h, "/holds/"+first.ID+"/remove", nil)
	if left, _ := b.Holds(t.Context()); got.header.Get("Location") != "/holds?done=hold-removed" || len(left) != 1 {
		t.Errorf("removed: %q, %d left", got.header.Get("Location"), len(left))
	}
	if again := post(t, h, "/holds/"+first.ID+"/remove", nil); again.header.Get("Location") != "/holds?done=hold-missing" {
		t.Errorf("removed twice: %q", again.header.Get("Location"))
	}
}

func TestSilence(t *testing.T) {
	b := new(gatewaytest.Bus)
	h := site(b).Handler(t)
	got := post(t, h, acmePath+"/silence", url.Values{"why": {"known"}, "by": {"eve"}, "until": {"1d"}})
	if got.status != http.StatusSeeOther || got.header.Get("Location") != acmePath+"?done=silence" {
		t.Fatalf("%d to %q: %s", got.status, got.header.Get("Location"), got.main(t))
	}
	s := wire.ParseSilence(b.Silences()[0])
	if len(s.Match.Groups) != 1 || s.Match.Groups[0] != "postgres/acme" || !s.Until.Equal(seven.Add(24*time.Hour)) || !s.Since.Equal(seven) {
		t.Errorf("the silence is %+v", s)
	}
	if page := get(t, h, acmePath).main(t); !strings.Contains(page, "SILENCED") {
		t.Errorf("the page does not say so: %s", page)
	}
	if list := get(t, h, "/holds").main(t); !strings.Contains(list, "known eve") || !strings.Contains(list, "1 backup") {
		t.Errorf("the list: %s", list)
	}
	got = post(t, h, "/silences/"+s.ID+"/remove", nil)
	if got.header.Get("Location") != "/holds?done=silence-removed" || len(b.Silences()) != 0 {
		t.Errorf("removed: %q", got.header.Get("Location"))
	}
	if again := post(t, h, "/silences/"+s.ID+"/remove", nil); again.header.Get("Location") != "/holds?done=silence-missing" {
		t.Errorf("removed twice: %q", again.header.Get("Location"))
	}
	if got := post(t, h, diskPath+"/silence", url.Values{"why": {"moves"}, "by": {"eve"}, "until": {"1h"}}); got.status != http.StatusSeeOther || len(b.Silences()) != 1 {
		t.Errorf("of a disk: %d", got.status)
	}
}

// A form that is not in order comes back with what it held and what is wrong.
func TestFormProblems(t *testing.T) {
	for _, c := range []struct {
		name, path string
		form       url.Values
		want       string
	}{
		{"no reason", acmePath + "/hold", url.Values{"by": {"eve"}, "until": {"12h"}}, "why: say why"},
		{"a blank reason", diskPath + "/hold", url.Values{"why": {"  "}, "by": {"eve"}}, "why: say why"},
		{"nobody", acmePath + "/hold", url.Values{"why": {"x"}}, "by: say who"},
		{"all at once", acmePath + "/hold", url.Values{"until": {"later"}}, `say who puts the hold; until: "later" is not a time`},
		{"too long", acmePath + "/hold", url.Values{"why": {strings.Repeat("x", 2001)}, "by": {"eve"}}, "over 2000 characters"},
		{"a day that has passed", acmePath + "/hold", url.Values{"why": {"x"}, "by": {"eve"}, "until": {"1d"}, "day": {"2026-01-14"}}, "has passed"},
		{"a silence without an end", acmePath + "/silence", url.Values{"why": {"x"}, "by": {"eve"}}, "when it ends"},
		{"of a disk", diskPath + "/silence", url.Values{"why": {"x"}, "by": {"eve"}}, "when it ends"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := new(gatewaytest.Bus)
			got := post(t, site(b).Handler(t), c.path, c.form)
			if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.main(t), c.want) {
				t.Errorf("%d: %s", got.status, got.main(t))
			}
			if live := attribute(got.all(func(n *node) bool { return n.Data == "body" })[0], "data-live"); live != "" {
				t.Errorf("it would be exchanged for what is at the form's address, and lost: %q", live)
			}
			if why := strings.TrimSpace(c.form.Get("why")); why != "" && !strings.Contains(got.text, `value="`+why+`"`) {
				t.Error("what was written is lost")
			}
			if holds, _ := b.Holds(t.Context()); len(holds)+len(b.Silences()) > 0 {
				t.Error("it was stored")
			}
		})
	}
}

func TestActionsOnWhatIsNotThere(t *testing.T) {
	for _, path := range []string{
		"/series/prod/databases/postgres/nightly/nobody/hold", "/series/prod/databases/postgres/nightly/nobody/silence", "/disks/prod/nothing/hold",
		"/disks/prod/nothing/silence", "/series/a/b/c/d/=2/hold",
	} {
		if got := post(t, site(new(gatewaytest.Bus)).Handler(t), path, url.Values{"why": {"x"}, "by": {"eve"}, "until": {"1h"}}); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	failing := &gatewaytest.Bus{Err: errors.New("not connected")}
	h := site(failing).Handler(t)
	for _, path := range []string{acmePath + "/hold", acmePath + "/silence", "/holds/x/remove"} {
		got := post(t, h, path, url.Values{"why": {"x"}, "by": {"eve"}, "until": {"1h"}})
		if path != "/holds/x/remove" && (got.status != http.StatusServiceUnavailable || !strings.Contains(got.main(t), "not connected")) {
			t.Errorf("%s: %d %s", path, got.status, got.main(t))
		}
	}
}

// Who may only read sees why, and changes nothing.
func TestReaders(t *testing.T) {
	for _, c := range []struct {
		name  string
		guard func(*guard.Config)
		user  string
		want  string
	}{
		{"nobody may change anything", func(g *guard.Config) { g.AllowAnonymousWrites = false }, "", "http.users"},
		{"a reader", func(g *guard.Config) {
			g.AllowAnonymousWrites = false
			g.Accounts = []guard.Account{{Name: "bob", Password: "secret"}}
		}, "bob", "you may only read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := new(gatewaytest.Bus)
			s := site(b)
			s.Guard = c.guard
			h := s.Handler(t)
			var login []string
			if c.user != "" {
				r, _ := http.NewRequest(http.MethodGet, "/", nil)
				r.SetBasicAuth(c.user, "secret")
				login = []string{"Authorization", r.Header.Get("Authorization")}
			}
			page := ask(t, h, http.MethodGet, acmePath, nil, login...)
			if page.status != http.StatusOK || !strings.Contains(page.main(t), c.want) || strings.Contains(page.text, `name="why"`) {
				t.Errorf("%d: %s", page.status, page.main(t))
			}
			got := ask(t, h, http.MethodPost, diskPath+"/evaluate", url.Values{"x": {"y"}}, login...)
			if got.status != http.StatusForbidden || len(b.Found()) > 0 {
				t.Errorf("%d, asked %v", got.status, b.Found())
			}
		})
	}
}

// The name of who is logged in stands for who asks.
func TestOperator(t *testing.T) {
	b := new(gatewaytest.Bus)
	s := site(b)
	s.Guard = func(g *guard.Config) {
		g.AllowAnonymousWrites = false
		g.Accounts = []guard.Account{{Name: "eve", Password: "secret", Role: guard.Operator}}
	}
	h := s.Handler(t)
	r, _ := http.NewRequest(http.MethodGet, "/", nil)
	r.SetBasicAuth("eve", "secret")
	got := ask(t, h, http.MethodPost, acmePath+"/hold", url.Values{"why": {"x"}, "by": {"mallory"}}, "Authorization", r.Header.Get("Authorization"))
	if holds, _ := b.Holds(t.Context()); got.status != http.StatusSeeOther || len(holds) != 1 || holds[0].GetBy() != "eve" {
		t.Errorf("%d, %v", got.status, holds)
	}
}
