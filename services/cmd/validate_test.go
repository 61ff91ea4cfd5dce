package cmd_test

import (
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	folder := away(t)
	good := put(t, folder, "good.yaml", definitions)
	warning := put(t, folder, "warning.yaml", "directories: {a: {files: {'%Y': {sort: x}}}}\n")
	problem := put(t, folder, "error.yaml", "directories: {a: {files: {'%q': {}, '%Y': {retention-age: soon}}}}\n")
	config := put(t, folder, "config-good.yaml", "\ufeffenvironments: {e: {path: d}}\n")
	badConfig := put(t, folder, "config-bad.yaml", "environments: {e: {path: d, paht: x}}\nnats: {url: 'http://x'}\n")
	for _, c := range []struct {
		name  string
		files []string
		code  int
		texts []string
	}{
		{"sound definitions", []string{good}, 0, []string{"good.yaml: ok, definitions of 1 directory\n"}},
		{"a warning counts", []string{warning}, 1, []string{"warning.yaml:1:40: warning: unknown value \"x\""}},
		{"all problems of a file", []string{problem}, 1, []string{"error.yaml:1:28: ", "unknown placeholder", `bad duration "soon"`, "error.yaml: 2 problems\n"}},
		{"a sound configuration", []string{config}, 0, []string{"config-good.yaml: ok, a configuration of 1 environment\n"}},
		{"all problems of a configuration", []string{badConfig}, 1, []string{`unknown key "paht"`, `did you mean "path"?`, "config-bad.yaml:2:"}},
		{"several files, all told", []string{warning, good, badConfig}, 1, []string{"warning.yaml:1:", "good.yaml: ok", "config-bad.yaml:1:"}},
		{"no such file", []string{"none.yaml"}, 1, []string{"open none.yaml"}},
		{"a folder", []string{folder}, 1, []string{"is a directory"}},
		{"none at all", nil, 1, []string{"no configuration file at config.yaml"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			backmon(t, append([]string{"validate"}, c.files...)...).expect(t, c.code, c.texts...)
		})
	}
}

func TestValidateTheConfiguration(t *testing.T) {
	folder := away(t)
	put(t, folder, "config.yaml", "environments: {e: {path: d}, f: {path: g}}\n")
	backmon(t, "validate").expect(t, 0, "config.yaml: ok, a configuration of 2 environments\n")
	other := put(t, folder, "other.yaml", "environments: {}\n")
	r := backmon(t, "validate", "--config", other)
	r.expect(t, 1, "other.yaml:1:")
	if strings.Contains(r.out, "\nother.yaml: ok") {
		t.Errorf("a problem and ok: %s", r.out)
	}
}

// Templates are tried with what messages really hold; every problem has its place.
func TestValidateNotifier(t *testing.T) {
	folder := away(t)
	const receivers = `environments: {e: {path: d}}
notifier:
  receivers:
    - name: chat
      exec: {command: [x]}
      title: "{{.Title}} {{.Tittle}}"
      text: |
        {{range .Items}}
          {{.Incidentt}}
        {{end}}
    - name: mail
      exec: {command: [x]}
      title: "{{frob .}}"
`
	put(t, folder, "config.yaml", receivers)
	r := backmon(t, "validate")
	r.expect(t, 1, "config.yaml:6:", "title: ", "Tittle", `did you mean "Title"?`, "config.yaml:9:", "text: ", "config.yaml:13:", `function "frob" not defined`, "config.yaml: 3 problems\n")
	backmon(t, "validate", "config.yaml").expect(t, 1, r.out)

	sound := strings.NewReplacer(" {{.Tittle}}", "", "{{.Incidentt}}", "x", "{{frob .}}", "{{.Title}}").Replace(receivers)
	put(t, folder, "config.yaml", sound)
	backmon(t, "validate").expect(t, 0, "config.yaml: ok, a configuration of 1 environment, 2 receivers and no routes: everyone is told everything\n")
	put(t, folder, "config.yaml", strings.Replace(sound, "exec: {command: [x]}", "shoutrrr: {urls: ['slak://hunter2@c', 'smtp://u:hunter2@h/']}", 1))
	r = backmon(t, "validate")
	if r.expect(t, 1, `config.yaml:5:25: receiver "chat": `, `did you mean "slack"?`, `config.yaml:5:45: receiver "chat#2": `); strings.Contains(r.out, "hunter2") {
		t.Errorf("a secret: %s", r.out)
	}
	put(t, folder, "config.yaml", strings.Replace(sound, "exec: {command: [x]}", "webhook: {url: 'https://hooks.example.com', ca-file: none.pem}", 1)+"  webhook-allow: [example.org]\n")
	backmon(t, "validate").expect(t, 1, `config.yaml:4:7: receiver "chat": webhook: "hooks.example.com" is not among the hosts`)
	put(t, folder, "config.yaml", receivers+"  group-wait: soon\n  digest: {schedule: '7 7 7', receivers: [none]}\n")
	backmon(t, "validate").expect(t, 1, "config.yaml:6:", `did you mean "Title"?`, "config.yaml:13:", "config.yaml:14:15: ", `"soon"`, "config.yaml:15:", `no receiver "none"`, "config.yaml: 6 problems\n")
	put(t, folder, "config.yaml", sound+"  enabled: false\n")
	backmon(t, "validate").expect(t, 0, "config.yaml: ok, a configuration of 1 environment; the notifier is off (notifier.enabled): nobody is told of anything\n")
	put(t, folder, "config.yaml", sound+"  routes:\n    - {match: {disk: a}, receivers: [chat, mail]}\n")
	backmon(t, "validate").expect(t, 0, "2 receivers and 1 route; what no route matches is told to nobody")
	put(t, folder, "config.yaml", sound+"  routes:\n    - {match: {disk: '*'}, receivers: [chat, mail]}\n")
	if r := backmon(t, "validate"); strings.Contains(r.out, "nobody") {
		t.Errorf("a route takes all: %s", r.out)
	}
}
