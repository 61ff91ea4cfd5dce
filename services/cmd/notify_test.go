package cmd_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/bus/bustest"
)

// hook is a webhook that keeps what it is told.
type hook struct {
	*httptest.Server
	bodies chan string
	status int
}

func newHook(t *testing.T, status int) *hook {
	t.Helper()
	h := &hook{bodies: make(chan string, 100), status: status}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.bodies <- string(body)
		w.WriteHeader(h.status)
	}))
	t.Cleanup(h.Close)
	return h
}

// next is what the webhook is told next.
func (h *hook) next(t *testing.T) string {
	t.Helper()
	select {
	case body := <-h.bodies:
		return body
	case <-time.After(patience):
		t.Fatal("nothing is told")
		return ""
	}
}

// A sample goes to the real receivers, and what each makes of it is said.
func TestNotifyTest(t *testing.T) {
	folder := away(t)
	good, bad := newHook(t, http.StatusAccepted), newHook(t, http.StatusForbidden)
	put(t, folder, "config.yaml", `environments: {e: {path: d}}
notifier:
  receivers:
    - {name: hook, webhook: {url: "`+good.URL+`/secret-path"}}
    - {name: broken, webhook: {url: "`+bad.URL+`/secret-path"}}
    - {name: script, exec: {command: [sh, -c, "cat > told.json"]}}
`)
	r := backmon(t, "notify", "test")
	if r.expect(t, 1, "taken   hook", "FAILED  broken", "403 Forbidden", "taken   script"); strings.Contains(r.out+r.err, "secret-path") {
		t.Errorf("a secret: %s", r.out)
	}
	for _, told := range []string{good.next(t), bad.next(t), read(t, "told.json")} {
		if !strings.Contains(told, `"kind":"test"`) {
			t.Errorf("told %s", told)
		}
	}
	r = backmon(t, "notify", "test", "--receiver", "hook", "-o", "json")
	r.expect(t, 0)
	var document struct {
		Receivers []struct {
			Receiver string
			Taken    bool
		}
	}
	if err := json.Unmarshal([]byte(r.out), &document); err != nil || len(document.Receivers) != 1 || !document.Receivers[0].Taken {
		t.Errorf("%v: %s", err, r.out)
	}
	good.next(t)
	if len(bad.bodies) != 0 {
		t.Error("another receiver was told")
	}
	backmon(t, "notify", "test", "--receiver", "hok").expect(t, 1, `config.yaml has no receiver "hok"; did you mean "hook"?`)
	backmon(t, "notify", "test", "--receiver", "zzz").expect(t, 1, "known are hook, broken, script")
	put(t, folder, "config.yaml", "environments: {e: {path: d}}\nnotifier:\n  receivers:\n    - {name: script, exec: {command: [no-such-program]}}\n")
	backmon(t, "notify", "test").expect(t, 1, `config.yaml:4:7: receiver "script": exec: `, "no-such-program")
	put(t, folder, "config.yaml", "environments: {e: {path: d}}\n")
	backmon(t, "notify", "test").expect(t, 1, "config.yaml has no receivers")
}

// The whole program tells of a backup that is empty, once, and when it is not.
func TestRunTells(t *testing.T) {
	away(t)
	told := newHook(t, http.StatusNoContent)
	folder := today(t, 1)
	latest := "db/a/dump-" + time.Now().UTC().Format("20060102") + ".gz"
	put(t, folder, latest, "")
	file := newConfig(t, folder, bustest.FreeAddress(t))
	put(t, "", file, strings.Replace(read(t, file), "update_interval: 1h", "update_interval: 1s", 1)+`
notifier:
  group-wait: 0s
  group-interval: 0s
  receivers:
    - {name: hook, webhook: {url: "`+told.URL+`"}, title: "{{.Kind}} {{.Place}}"}
  routes:
    - {match: {severity: critical}, receiver: hook}
`)
	launch(t, "run", "--config", file).url(t)
	first := told.next(t)
	if !strings.Contains(first, `"title":"problem home:`) || !strings.Contains(first, `"flags":["EMPTY"]`) {
		t.Errorf("told %s", first)
	}
	backmon(t, "incidents", "--config", file).expect(t, 0, "1 open incident: 1 critical", "EMPTY", "hook")
	put(t, folder, latest, "content")
	if last := told.next(t); !strings.Contains(last, `"kind":"resolved"`) || !strings.Contains(last, `"title":"resolved home:`) {
		t.Errorf("told %s", last)
	}
	backmon(t, "incidents", "--config", file).expect(t, 0, "There are no open incidents.")
	if len(told.bodies) != 0 {
		t.Errorf("told once more: %s", <-told.bodies)
	}
}
