package config_test

import (
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/config"
)

// example is the file that shows every key with its default, reference the page
// that explains them.
const (
	example   = "../../docs/config.example.yaml"
	reference = "../../docs/configuration.md"
)

func readExample(t *testing.T) *config.Config {
	t.Helper()
	c, err := config.Load(example, variables("BACKMON_PASSWORD="+password, "HOOK_SECRET="+password, "SLACK_TOKEN="+password))
	if err != nil {
		t.Fatalf("the example has problems:\n%v", err)
	}
	return c
}

// TestExampleShowsTheDefaults compares the example with a file that holds nothing
// but what has no default.
func TestExampleShowsTheDefaults(t *testing.T) {
	got := readExample(t)
	want := parse(t, "environments: {office: {path: /srv/backup}, cloud: {s3: }}")
	want.File = example
	want.HTTP = config.HTTP{
		Users: []config.User{
			{Name: "monitor", Password: password, Role: config.RoleOperator},
			{Name: "night-shift", PasswordHash: "$2a$12$DjEl9OeAH0QP7gyLaGf8CePG4yYsQUPpigX2A9B.IHnSzi8oAMQEi", Role: config.RoleReader},
		},
		TLS: &config.ServerTLS{Certificate: "server.crt", Key: "server.key"},
	}
	want.Notifier.Receivers, want.Notifier.Routes = exampleReceivers(), got.Notifier.Routes
	want.Notifier.Digest, want.Notifier.Heartbeat = got.Notifier.Digest, &config.Heartbeat{URL: "https://hc.example.com/ping/backmon", Interval: time.Minute}
	if diff := cmp.Diff(want, got, equal...); diff != "" {
		t.Errorf("-defaults +example:\n%s", diff)
	}
}

// exampleReceivers is one of each kind, with what is not a default.
func exampleReceivers() []config.Receiver {
	return []config.Receiver{
		{Name: "hook", SendResolved: true, Webhook: &config.Webhook{URL: "https://hooks.example.com/backmon", Secret: password, Headers: map[string]config.Secret{"X-Team": "db"}, Timeout: 10 * time.Second}},
		{Name: "ops", SendResolved: true, Alertmanager: &config.Alertmanager{URLs: []string{"http://am-1:9093", "http://am-2:9093"}, ResendInterval: time.Minute, Timeout: 10 * time.Second}},
		{Name: "chat", SendResolved: true, Shoutrrr: &config.Shoutrrr{URLs: []config.Secret{"slack://hook:" + password + "@webhook"}, Timeout: 30 * time.Second}},
		{Name: "script", SendResolved: true, Exec: &config.Exec{Command: []string{"/usr/local/bin/on-notice", "--verbose"}, Timeout: 30 * time.Second}},
	}
}

// TestReferenceIsComplete looks for every key of the example in the reference.
func TestReferenceIsComplete(t *testing.T) {
	page, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	explained := map[string]bool{}
	for _, name := range regexp.MustCompile("`([a-z0-9_-]+)`").FindAllStringSubmatch(string(page), -1) {
		explained[name[1]] = true
	}
	keys := regexp.MustCompile(`(?m)^ *(?:- )?([a-z0-9_-]+):`).FindAllStringSubmatch(string(shown), -1)
	if len(keys) < 30 {
		t.Fatalf("the example has %d keys", len(keys))
	}
	for _, key := range keys {
		if name := key[1]; !explained[name] && name != "office" && name != "cloud" {
			t.Errorf("%s doesn't explain %q", reference, name)
		}
	}
}

// TestReferencesExamples reads the configurations in the reference.
func TestReferencesExamples(t *testing.T) {
	page, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) == 0 {
		t.Fatal("no examples")
	}
	for _, block := range blocks {
		text := block[1]
		if !regexp.MustCompile(`(?m)^environments:`).MatchString(text) {
			text += local
		}
		parse(t, text, "KEY=k", "SECRET=s", "BACKMON_NATS_USER=u", "BACKMON_NATS_PASSWORD=p", "HOOK_SECRET=h", "SLACK_TOKEN=s", "BACKMON_SCRAPE_PASSWORD=s")
	}
}
