package config_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/schedule"
)

// notifier reads a notifier section.
func notifier(t *testing.T, section string, env ...string) config.Notifier {
	t.Helper()
	return parse(t, "environments: {prod: {path: /backup}, test: {path: /test}}\nnotifier:\n"+section, env...).Notifier
}

func TestNotifierSettings(t *testing.T) {
	for _, c := range []struct {
		name, text string
		read       func(config.Notifier) any
		want       any
	}{
		{"off", "  enabled: off", func(n config.Notifier) any { return n.Enabled }, false},
		{
			"group-by", "  group-by: [labels.team, directory, file, group]",
			func(n config.Notifier) any { return n.GroupBy },
			[]string{"labels.team", "directory", "file", "group"},
		},
		{"group-by one", "  group-by: env", func(n config.Notifier) any { return n.GroupBy }, []string{"env"}},
		{"group-by nothing", "  group-by: []", func(n config.Notifier) any { return n.GroupBy }, []string{}},
		{"at once", "  group-wait: 0s", func(n config.Notifier) any { return n.GroupWait }, time.Duration(0)},
		{"interval", "  group-interval: 1m30s", func(n config.Notifier) any { return n.GroupInterval }, 90 * time.Second},
		{"never again", "  repeat-interval: 0", func(n config.Notifier) any { return n.RepeatInterval }, time.Duration(0)},
		{"once a week", "  repeat-interval: 7d", func(n config.Notifier) any { return n.RepeatInterval }, 7 * backup.Day},
		{"patience", "  give-up-after: 3d", func(n config.Notifier) any { return n.GiveUpAfter }, 3 * backup.Day},
		{"zone", "  timezone: Europe/Berlin", func(n config.Notifier) any { return n.Timezone.String() }, "Europe/Berlin"},
		{"page", "  page-url: https://backups.example.com/board/", func(n config.Notifier) any { return n.PageURL }, "https://backups.example.com/board"},
		{"no page", `  page-url: ""`, func(n config.Notifier) any { return n.PageURL }, ""},
		{
			"allowed", "  webhook-allow: [hooks.example.com, '*.example.org', 10.0.0.0/8, 'fd00::/8', '::1', localhost]",
			func(n config.Notifier) any { return n.WebhookAllow },
			[]string{"hooks.example.com", "*.example.org", "10.0.0.0/8", "fd00::/8", "::1", "localhost"},
		},
		{"heartbeat", "  heartbeat: {url: 'https://hc.example.com/x'}", func(n config.Notifier) any { return *n.Heartbeat }, config.Heartbeat{URL: "https://hc.example.com/x", Interval: time.Minute}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.read(notifier(t, c.text))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestReceivers(t *testing.T) {
	got := notifier(t, `
  receivers:
    - name: hook
      webhook: {url: "${HOOK}", secret: "${KEY}", headers: {Authorization: "Bearer ${KEY}"}, ca-file: ca.pem, timeout: 3s}
      send-resolved: false
      title: "{{.Title}}"
      text: |
        {{range .Items}}{{.}}
        {{end}}
    - {name: ops, alertmanager: {urls: "http://am", basic-auth: {username: u, password: p}, headers: {X-Scope: "${KEY}"}, ca-file: am.pem, resend-interval: 30s, timeout: 5s}}
    - {name: chat, shoutrrr: {urls: ["slack://${KEY}@a", "smtp://u:p@mail/?to=a@b"], timeout: 1m}}
    - {name: run, exec: {command: [/bin/notify, ""], timeout: 1m}}
`, "HOOK=https://example.com/hook/4711", "KEY=k").Receivers
	want := []config.Receiver{
		{
			Name: "hook", Place: config.Place{Line: 5, Column: 7}, Webhook: &config.Webhook{
				URL: "https://example.com/hook/4711", Secret: "k", Headers: map[string]config.Secret{"Authorization": "Bearer k"}, CAFile: "ca.pem", Timeout: 3 * time.Second,
			},
			Title: config.Template{Text: "{{.Title}}", Line: 8, Column: 15, AsIs: true},
			Text:  config.Template{Text: "{{range .Items}}{{.}}\n{{end}}\n", Line: 10, Column: 9, AsIs: true},
		},
		{Name: "ops", Place: config.Place{Line: 12, Column: 7}, SendResolved: true, Alertmanager: &config.Alertmanager{
			URLs: []string{"http://am"}, BasicAuth: &config.BasicAuth{Username: "u", Password: "p"}, Headers: map[string]config.Secret{"X-Scope": "k"}, CAFile: "am.pem", ResendInterval: 30 * time.Second, Timeout: 5 * time.Second,
		}},
		{Name: "chat", Place: config.Place{Line: 13, Column: 7}, SendResolved: true, Shoutrrr: &config.Shoutrrr{
			URLs: []config.Secret{"slack://k@a", "smtp://u:p@mail/?to=a@b"}, Places: []config.Place{{Line: 13, Column: 38}, {Line: 13, Column: 58}}, Timeout: time.Minute,
		}},
		{Name: "run", Place: config.Place{Line: 14, Column: 7}, SendResolved: true, Exec: &config.Exec{Command: []string{"/bin/notify", ""}, Timeout: time.Minute}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

const chatAndOps = `
  receivers:
    - {name: chat, shoutrrr: {urls: "slack://t@c"}}
    - {name: ops, exec: {command: [/bin/true]}}
`

func TestRoutes(t *testing.T) {
	got := notifier(t, chatAndOps+`
  routes:
    - match:
        env: [prod, "t*"]
        disk: db-*
        directory: ""
        file: full
        group: [a, b]
        labels: {team: [db, web], tier: ""}
        severity: Critical
        state: [late, MISSING]
      receivers: [ops, chat]
      continue: true
    - receiver: chat
`).Routes
	want := []config.Route{
		{Line: 9, Route: incident.Route{
			Match: incident.Match{
				Environments: []string{"prod", "t*"}, Disks: []string{"db-*"}, Directories: []string{""}, Files: []string{"full"}, Groups: []string{"a", "b"},
				Labels: map[string][]string{"team": {"db", "web"}, "tier": {""}}, Severities: []backup.Severity{backup.SeverityCritical}, States: []backup.State{backup.Late, backup.Missing},
			},
			Receivers: []string{"ops", "chat"}, Continue: true,
		}},
		{Line: 20, Route: incident.Route{Receivers: []string{"chat"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A route is reached where one before it goes on, or takes something else.
func TestRoutesThatAreReached(t *testing.T) {
	notifier(t, chatAndOps+`
  routes:
    - {receiver: chat, continue: true}
    - {match: {disk: "db-*"}, receiver: chat}
    - {match: {disk: "db*"}, receiver: ops}
    - {match: {labels: {team: db}}, receiver: ops}
    - {match: {env: prod}, receiver: ops}
    - {match: {env: test}, receiver: ops}
`)
}

func TestDigest(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	in := func(zone *time.Location) *schedule.Schedule {
		s, err := schedule.Parse("0 7 * * mon", zone)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, c := range map[string]struct {
		text string
		want config.Digest
	}{
		"zone of its own":    {"  digest: {schedule: 0 7 * * mon, timezone: Europe/Berlin, receivers: chat}", config.Digest{Schedule: in(berlin), Receivers: []string{"chat"}}},
		"zone of messages":   {"  digest: {schedule: 0 7 * * mon, receivers: [ops, chat]}\n  timezone: Europe/Berlin", config.Digest{Schedule: in(berlin), Receivers: []string{"ops", "chat"}}},
		"no zone: universal": {"  digest: {schedule: 0 7 * * mon, receivers: [ops]}", config.Digest{Schedule: in(time.UTC), Receivers: []string{"ops"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, *notifier(t, chatAndOps+c.text).Digest, equal...); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestTemplatePlaces(t *testing.T) {
	for _, c := range []struct {
		name     string
		template config.Template
		want     string
	}{
		{"as it is", config.Template{Text: "1\n2\n3\n", Line: 9, Column: 13, AsIs: true}, "c.yaml:11:16: title: bad; do this"},
		{"not as it is", config.Template{Text: "1\n2\n3\n", Line: 9, Column: 13}, "c.yaml:9:13: title, line 3 of it: bad; do this"},
		{"with a variable", config.Template{Text: "1\n2\n3\n", Line: 9, Column: 13, Hidden: true}, "c.yaml:9:13: title is no template that can be used, or becomes none by the value of a variable"},
	} {
		if got := c.template.Problem("c.yaml", "title", 3, 4, "bad", "do this").Error(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if got := (config.Template{Text: "1\n2\n3\n", Line: 9, Column: 13}).Problem("c.yaml", "title", 1, 4, "bad", "").Error(); got != "c.yaml:9:13: title: bad" {
		t.Errorf("in the first line: %s", got)
	}
}
