package config_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/backmon/backmon/pkg/config"
)

const password = "hunter2"

func TestSecretNeverPrints(t *testing.T) {
	s := config.Secret(password)
	if s.Reveal() != password {
		t.Fatalf("Reveal gives %q", s.Reveal())
	}
	holder := struct {
		Secret  config.Secret
		Pointer *config.Secret
		List    []config.Secret
		Map     map[string]config.Secret
	}{s, &s, []config.Secret{s}, map[string]config.Secret{"a": s}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T=%v", "%10s", "%-10.3s", "%!", "%t"} {
		for _, value := range []any{s, &s, holder, &holder} {
			if text := fmt.Sprintf(verb, value, value); strings.Contains(text, password) || strings.Contains(text, fmt.Sprintf("%x", password)) || strings.Contains(text, fmt.Sprintf("%X", password)) {
				t.Errorf("%s of %T prints %s", verb, value, text)
			}
		}
	}
	asJSON, err := json.Marshal(holder)
	if err != nil || strings.Contains(string(asJSON), password) || strings.Count(string(asJSON), `"***"`) != 4 {
		t.Errorf("JSON %s, %v", asJSON, err)
	}
	asYAML, err := yaml.Marshal(holder)
	if err != nil || strings.Contains(string(asYAML), password) {
		t.Errorf("YAML %s, %v", asYAML, err)
	}
	if s.String() != "***" || s.GoString() != "***" {
		t.Errorf("String %s, GoString %s", s.String(), s.GoString())
	}
}

// TestProblemsHoldNoSecret makes every mistake with a secret that comes to mind.
func TestProblemsHoldNoSecret(t *testing.T) {
	for _, text := range []string{
		"http: {basic_auth: {username: u, password: [hunter2]}}",
		"http: {basic_auth: {username: u, password: {hunter2: x}}}",
		"http: {basic_auth: {username: , password: hunter2}}",
		"http: {basic_auth: hunter2}",
		"http: {basic_auth: {username: u, pasword: hunter2}}",
		"http: {basic_auth: {username: u, password: ${hunter2-}}}",
		"http:\n  basic_auth:\n    username: u\n    password: *hunter2\n",
		"http:\n  basic_auth:\n    username: u\n    password: &hunter2\n",
		"http:\n  basic_auth:\n    username: u\n    password: !hunter2\n",
		"http:\n  basic_auth:\n    username: u\n    password: @hunter2\n",
		"http:\n  basic_auth:\n    username: u\n    password: \"hunter2\n",
		"http:\n  basic_auth:\n    username: u\n    password: a: hunter2\n",
		"http:\n  basic_auth:\n    username: u\n    password:hunter2\n",
		"environments: {e: {s3: {secret_access_key: hunter2}}}",
		"environments: {e: {s3: {token: hunter2}}}",
		"environments: {e: {s3: {access_key_id: a, secret_access_key: hunter2, endpoint: 'http://u:hunter2@host'}}}",
		"environments: {e: {s3: {endpoint: 'x://${PASSWORD}'}}}",
		"environments: {e: {s3: {region: a, assume_role_arn: '${PASSWORD}'}}}",
		"environments: {e: {path: '${PASSWORD}', definitions: '/${PASSWORD}', disks: {include: '/[${PASSWORD}/', all_others: '${PASSWORD}'}}}",
		"nats: {url: 'nats://u:hunter2@host'}",
		"nats: {url: 'nats://hunter2@host'}",
		"nats: {url: 'ftp://${PASSWORD}'}",
		"nats: {url: '%${PASSWORD}'}",
		"nats: {url: nats://a, user: u, password: [hunter2]}",
		"nats: {url: nats://a, password: hunter2}",
		"nats: {url: nats://a, creds: c, user: u, password: '${PASSWORD}'}",
		"nats: {user: u, password: hunter2}",
		"nats: {embedded: {listen: '${PASSWORD}'}}",
		"notifier: {receivers: [{name: '${PASSWORD}', exec: {command: [x]}}]}",
		"notifier: {receivers: [{name: a, webhook: {url: 'ftp://h/hunter2', secret: [hunter2]}}]}",
		"notifier: {receivers: [{name: a, webhook: {url: 'http://%hunter2'}}]}",
		"notifier: {receivers: [{name: a, webhook: {url: 'http://h', headers: {A: [hunter2], B: \"hunter2\\n\", Ce-Id: hunter2}}}]}",
		"notifier: {receivers: [{name: a, webhook: {url: 'http://h', timeout: '${PASSWORD}'}}]}",
		"notifier: {receivers: [{name: a, alertmanager: {urls: ['http://u:hunter2@h', 'hunter2'], basic-auth: {username: u, passwort: hunter2}}}]}",
		"notifier: {receivers: [{name: a, shoutrrr: {urls: [hunter2, '${PASSWORD}', {hunter2: x}]}}]}",
		"notifier: {receivers: [{name: a, exec: {command: 'run hunter2'}}]}",
		"notifier: {receivers: [{name: a, exec: {command: [x]}, title: '{{${PASSWORD}', text: '{{${PASSWORD} x}} {{end}}'}]}",
		"notifier: {heartbeat: {url: 'hunter2', interval: '${PASSWORD}'}}",
		"notifier: {heartbeat: {url: 'http://${PASSWORD} h'}}",
		"notifier: {page-url: 'https://u:hunter2@h', webhook-allow: ['${PASSWORD}/'], timezone: '${PASSWORD}', group-by: ['${PASSWORD}']}",
		"notifier: {digest: {schedule: '${PASSWORD}', timezone: '${PASSWORD}', receivers: ['${PASSWORD}']}}",
		"notifier: {routes: [{receiver: '${PASSWORD}', match: {env: '${PASSWORD}', severity: '${PASSWORD}', state: '${PASSWORD}'}}]}",
		"port: ${PASSWORD}",
		"log_level: ${PASSWORD}",
		"update_interval: ${PASSWORD}",
		"downloads: {enabled: '${PASSWORD}'}",
		"limits: {definitions: '${PASSWORD}'}",
		"limits: {definitions: '${SMALL}'}",
	} {
		_, err := config.Parse([]byte(text), "config.yaml", variables("PASSWORD="+password, "SMALL=77"))
		if err == nil {
			t.Errorf("%s: no problem found", text)
			continue
		}
		if text != "http: {basic_auth: {username: u, password: ${hunter2-}}}" && strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "77") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
