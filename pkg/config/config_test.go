package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/schedule"
)

// variables is an environment for tests.
func variables(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, pair := range pairs {
			if value, found := strings.CutPrefix(pair, name+"="); found {
				return value, true
			}
		}
		return "", false
	}
}

// parse reads a configuration without problems.
func parse(t *testing.T, text string, env ...string) *config.Config {
	t.Helper()
	c, err := config.Parse([]byte(text), "config.yaml", variables(env...))
	if err != nil {
		t.Fatalf("unexpected problems:\n%v", err)
	}
	return c
}

// equal compares what has fields of its own by what it was made of.
var equal = cmp.Options{
	cmpopts.IgnoreTypes(config.Place{}), cmpopts.IgnoreFields(config.Shoutrrr{}, "Places"), // TestReceivers looks at them
	cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }),
	cmp.Comparer(func(a, b *schedule.Schedule) bool {
		return a == b || a != nil && b != nil && a.String() == b.String() && a.Location().String() == b.Location().String()
	}),
}

// local is an environment for tests about other sections.
const local = "environments: {disk: {path: /backup}}\n"

func TestDefaults(t *testing.T) {
	want := &config.Config{
		File: "config.yaml", Port: 80, LogLevel: "info", UpdateInterval: time.Hour,
		Environments: []config.Environment{{
			Name: "disk", Path: "/backup", Definitions: "backup_definitions.yaml", Disks: config.Disks{AllOthers: true},
		}},
		Downloads: config.Downloads{Mode: config.DownloadStream, PresignExpiry: 5 * time.Minute},
		NATS: config.NATS{
			Replicas: 1,
			Embedded: config.EmbeddedNATS{StoreDir: ".backmon/nats", Listen: "127.0.0.1:4222"},
		},
		Evaluator: config.Evaluator{Concurrency: 4, Timeout: time.Hour},
		Purger:    config.Purger{Mode: config.PurgeDryRun, MaxShare: 0.1},
		Notifier: config.Notifier{
			Enabled: true, GroupBy: []string{"env", "disk"}, GroupWait: 30 * time.Second, GroupInterval: 5 * time.Minute,
			RepeatInterval: 24 * time.Hour, GiveUpAfter: 24 * time.Hour, Timezone: time.UTC,
		},
		Limits: config.Limits{Definitions: 1 << 20},
	}
	sections := "port:\nlog_level:\nupdate_interval:\ndownloads:\nhttp:\nnats:\nevaluator:\nnotifier:\nlimits:\n"
	for name, text := range map[string]string{
		"sections absent":      local,
		"sections empty":       local + sections,
		"sections empty maps":  local + "downloads: {}\nhttp: {basic_auth: , tls: }\nnats: {embedded: {}, tls: }\nevaluator: {}\nnotifier: {receivers: , routes: , digest: , heartbeat: }\nlimits: {}\n",
		"environment's values": "environments: {disk: {path: /backup, disks: , definitions: }}",
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, parse(t, text), equal...); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestSections(t *testing.T) {
	for _, c := range []struct {
		name, text string
		read       func(*config.Config) any
		want       any
	}{
		{"port", "port: 8080", func(c *config.Config) any { return c.Port }, 8080},
		{"port, quoted", `port: "0"`, func(c *config.Config) any { return c.Port }, 0},
		{"level", "log_level: debug", func(c *config.Config) any { return c.LogLevel }, config.LogDebug},
		{"level in capitals", "log_level: ERROR", func(c *config.Config) any { return c.LogLevel }, config.LogError},
		{"upstream's warning", "log_level: warning", func(c *config.Config) any { return c.LogLevel }, config.LogWarn},
		{"upstream's trace", "log_level: trace", func(c *config.Config) any { return c.LogLevel }, config.LogDebug},
		{"interval", "update_interval: 1h30m", func(c *config.Config) any { return c.UpdateInterval }, 90 * time.Minute},
		{"interval in days, as upstream has it", "update_interval: 30", func(c *config.Config) any { return c.UpdateInterval }, 30 * backup.Day},
		{"shortest interval", "update_interval: 1s", func(c *config.Config) any { return c.UpdateInterval }, time.Second},
		{
			"downloads", "downloads: {enabled: true}",
			func(c *config.Config) any { return c.Downloads },
			config.Downloads{Enabled: true, Mode: config.DownloadStream, PresignExpiry: 5 * time.Minute},
		},
		{
			"downloads by a link", "downloads: {enabled: true, mode: presign, presign-expiry: 7d}",
			func(c *config.Config) any { return c.Downloads },
			config.Downloads{Enabled: true, Mode: config.DownloadPresign, PresignExpiry: 7 * backup.Day},
		},
		{"downloads' mode alone is off", "downloads: {mode: stream}", func(c *config.Config) any { return c.Downloads.Enabled }, false},
		{
			"tls", "http: {tls: {certificate: c.pem, key: k.pem, strict: true}}",
			func(c *config.Config) any { return *c.HTTP.TLS },
			config.ServerTLS{Certificate: "c.pem", Key: "k.pem", Strict: true},
		},
		{
			"evaluator", "evaluator: {concurrency: 9, timeout: 5m}",
			func(c *config.Config) any { return c.Evaluator },
			config.Evaluator{Concurrency: 9, Timeout: 5 * time.Minute},
		},
		{"limits", "limits: {definitions: 2MiB}", func(c *config.Config) any { return c.Limits }, config.Limits{Definitions: 2 << 20}},
		{
			"embedded nats", "nats: {embedded: {store_dir: /var/lib/backmon, listen: ''}}",
			func(c *config.Config) any { return c.NATS },
			config.NATS{Replicas: 1, Embedded: config.EmbeddedNATS{StoreDir: "/var/lib/backmon"}},
		},
		{"nats url", "nats: {url: 'nats://a:4222'}", func(c *config.Config) any { return c.NATS.URLs }, []string{"nats://a:4222"}},
		{"nats urls", "nats: {url: 'nats://a:4222, tls://b'}", func(c *config.Config) any { return c.NATS.URLs }, []string{"nats://a:4222", "tls://b"}},
		{"nats list", "nats: {url: ['nats://a:4222', 'tls://b']}", func(c *config.Config) any { return c.NATS.URLs }, []string{"nats://a:4222", "tls://b"}},
		{
			"nats user", "nats: {url: 'nats://a', user: u, password: p}",
			func(c *config.Config) any { return []string{c.NATS.User, c.NATS.Password.Reveal()} },
			[]string{"u", "p"},
		},
		{
			"external nats", "nats: {url: 'tls://a', creds: c, replicas: 3, tls: {ca: ca, certificate: cert, key: key}}",
			func(c *config.Config) any { c.NATS.Embedded = config.EmbeddedNATS{}; return c.NATS },
			config.NATS{URLs: []string{"tls://a"}, Creds: "c", Replicas: 3, TLS: config.NATSTLS{CA: "ca", Certificate: "cert", Key: "key"}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.read(parse(t, local+c.text))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestExternalNATS(t *testing.T) {
	if parse(t, local).NATS.External() {
		t.Error("without url the server is not embedded")
	}
	if !parse(t, local+"nats: {url: 'nats://a'}").NATS.External() {
		t.Error("with url the server is not external")
	}
}

func TestEnvironments(t *testing.T) {
	account := config.S3{Region: "eu-central-1", AutoDiscoverDisks: true}
	with := func(change func(*config.S3)) config.S3 {
		s := account
		change(&s)
		return s
	}
	for _, c := range []struct {
		name, text string
		want       config.S3
	}{
		{"s3 without anything", "s3:", account},
		{"s3 empty", "s3: {}", account},
		{"region directly", "region: us-east-1", with(func(s *config.S3) { s.Region = "us-east-1" })},
		{"nothing but discovery", "auto_discover_disks: true", account},
		{
			"nested", "s3: {access_key_id: a, secret_access_key: b, token: c}",
			with(func(s *config.S3) { s.AccessKeyID, s.SecretAccessKey, s.Token = "a", "b", "c" }),
		},
		{
			"direct, as before upstream's version 3", "access_key_id: a\n    secret_access_key: b\n    force_path_style: true\n    endpoint: 'http://minio:9000'",
			with(func(s *config.S3) {
				s.AccessKeyID, s.SecretAccessKey, s.ForcePathStyle, s.Endpoint = "a", "b", true, "http://minio:9000"
			}),
		},
		{"mixed", "access_key_id: a\n    s3: {secret_access_key: b}", with(func(s *config.S3) { s.AccessKeyID, s.SecretAccessKey = "a", "b" })},
		{"other names", "s3: {access_key: a, secret_key: b}", with(func(s *config.S3) { s.AccessKeyID, s.SecretAccessKey = "a", "b" })},
		{"role", "s3: {assume_role_arn: 'arn:aws:iam::1:role/x'}", with(func(s *config.S3) { s.AssumeRoleARN = "arn:aws:iam::1:role/x" })},
		{
			"switches", "s3: {insecure: true, tls_skip_verify: true, ca_file: ca.pem, auto_discover_disks: false, endpoint: 'minio:9000'}",
			with(func(s *config.S3) {
				s.Insecure, s.TLSSkipVerify, s.CAFile, s.AutoDiscoverDisks, s.Endpoint = true, true, "ca.pem", false, "minio:9000"
			}),
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := parse(t, "environments:\n  e:\n    "+c.text).Environments[0]
			if got.S3 == nil || got.Path != "" {
				t.Fatalf("it is not S3: %+v", got)
			}
			if diff := cmp.Diff(c.want, *got.S3); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestLocalEnvironments(t *testing.T) {
	c := parse(t, "environments: {z: {path: a}, a: {local: {path: b}, definitions: x/y.yaml}}")
	want := []config.Environment{
		{Name: "z", Path: "a", Definitions: "backup_definitions.yaml", Disks: config.Disks{AllOthers: true}},
		{Name: "a", Path: "b", Definitions: "x/y.yaml", Disks: config.Disks{AllOthers: true}},
	}
	if diff := cmp.Diff(want, c.Environments); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestVariables(t *testing.T) {
	c := parse(t, `
environments:
  e:
    s3:
      endpoint: "__${HOST}__:__${PORT}__"
      access_key_id: ${KEY}
      secret_access_key: "pre-${SECRET}-$${literal}"
port: ${WEB}
`, "HOST=http://minio", "PORT=9000", "KEY=k", "SECRET=${KEY}", "WEB=81")
	s := c.Environments[0].S3
	if s.Endpoint != "http://minio:9000" || s.AccessKeyID != "k" || c.Port != 81 {
		t.Errorf("endpoint %q, key %q, port %d", s.Endpoint, s.AccessKeyID, c.Port)
	}
	if got := s.SecretAccessKey.Reveal(); got != "pre-${KEY}-${literal}" {
		t.Errorf("secret %q", got)
	}
}

func TestErrorHoldsAllProblems(t *testing.T) {
	_, err := config.Parse([]byte("port: x\nprot: 1\n"), "c.yaml", nil)
	want := `c.yaml:1:1: there is no environment; name at least one under the key "environments"` + "\n" +
		`c.yaml:1:7: expected a whole number, found "x"` + "\n" +
		`c.yaml:2:1: unknown key "prot"; did you mean "port"?`
	if err == nil || err.Error() != want {
		t.Fatalf("got\n%v\nwant\n%s", err, want)
	}
	var all *config.Error
	if !errors.As(err, &all) || len(all.Problems) != 3 {
		t.Errorf("%T with %d problems", err, len(all.Problems))
	}
	if all.Understood == nil || all.Understood.UpdateInterval != config.DefaultUpdateInterval {
		t.Errorf("of the rest it says %+v", all.Understood)
	}
	var one backup.Problem
	if !errors.As(err, &one) || one.Line != 1 {
		t.Errorf("a single problem: %+v", one)
	}
}

// What is sound in a file with problems can be looked at for more of them.
func TestErrorHoldsWhatIsUnderstood(t *testing.T) {
	_, err := config.Parse([]byte(`
environments: {e: {path: d}}
notifier:
  group-wait: soon
  webhook-allow: [hooks.example.com]
  receivers:
    - {name: a, exec: {command: [x]}, title: "{{.Title"}
    - {name: b, webhook: {url: "https://hooks.example.com"}}
    - {name: b, exec: {command: [x]}}
    - 7
`), "c.yaml", nil)
	var all *config.Error
	if !errors.As(err, &all) || all.Understood == nil {
		t.Fatalf("%v", err)
	}
	n := all.Understood.Notifier
	if len(n.Receivers) != 1 || n.Receivers[0].Webhook == nil || len(n.WebhookAllow) != 1 {
		t.Errorf("understood is %+v", n)
	}
	if _, err := config.Parse([]byte("a: ["), "c.yaml", nil); !errors.As(err, &all) || all.Understood != nil {
		t.Errorf("of what can't be read %+v is understood", all.Understood)
	}
}

// TestUpstreamsConfigurations reads files as upstream documents them.
func TestUpstreamsConfigurations(t *testing.T) {
	conformance := `
log_level: info
port: 18003
update_interval: 1h
downloads:
  enabled: true
environments:
  golden:
    s3:
      endpoint: http://127.0.0.1:9070
      access_key_id: testkey
      secret_access_key: testsecret123
      region: us-east-1
      force_path_style: true
      auto_discover_disks: true
    disks:
      include:
        - g-01-root-dir
      all_others: exclude
`
	c := parse(t, conformance)
	e := c.Environments[0]
	want := config.S3{
		Endpoint: "http://127.0.0.1:9070", AccessKeyID: "testkey", SecretAccessKey: "testsecret123",
		Region: "us-east-1", ForcePathStyle: true, AutoDiscoverDisks: true,
	}
	if diff := cmp.Diff(want, *e.S3); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !e.Disks.Includes("g-01-root-dir") || e.Disks.Includes("other") || !c.Downloads.Enabled || c.Port != 18003 {
		t.Errorf("disks %+v, configuration %+v", e.Disks, c)
	}
	for name, text := range map[string]string{
		"http without value":  "port: 8080\nhttp:\nenvironments:\n  default:\n    s3:\n      region: eu-central-2\n",
		"disks without value": "environments:\n  default:\n    disks:\n    s3:\n      auto_discover_disks: false\n",
		"s3 without value":    "environments:\n  default:\n    s3:\n    disks:\n      include:\n        - included-1\n      exclude:\n        - excluded-1  \n",
		"template's first environment": `
environments:
  aws-test-environment:
    disks:
      include:
        - my-bucket-1
      exclude:
        - my-secret-bucket-2
        - "/allbucketswith-.*-regex/"
      all_others: exclude
    access_key_id: AWS_ACCESS_KEY_1
    secret_access_key: AWS_SECRET_ACCESS_KEY_1
    region: eu-central-1
    auto_discover_disks: true
`,
	} {
		t.Run(name, func(t *testing.T) {
			if s := parse(t, text).Environments[0].S3; s == nil {
				t.Error("the environment is not S3")
			}
		})
	}
}

func TestSizeIsLimited(t *testing.T) {
	text := local + strings.Repeat("# comment\n", 4_000_000)
	_, err := config.Parse([]byte(text), "config.yaml", nil)
	if err == nil || err.Error() != fmt.Sprintf("config.yaml: the file has %d bytes, at most 1048576 are read", len(text)) {
		t.Errorf("error %v", err)
	}
}
