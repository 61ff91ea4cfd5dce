package cmd_test

import (
	"strings"
	"testing"
)

func TestHelp(t *testing.T) {
	root := backmon(t, "--help")
	root.expect(t, 0, "Usage:", "Services:", "For operators:")
	for _, command := range []string{"run", "discoverer", "evaluator", "gateway", "provision", "check", "status", "watch", "validate", "explain", "version", "completion"} {
		t.Run(command, func(t *testing.T) {
			if !strings.Contains(root.out, "\n  "+command+" ") {
				t.Error("it is not in the program's help")
			}
			r := backmon(t, command, "--help")
			r.expect(t, 0, "Usage:\n  backmon "+command)
			for line := range strings.Lines(r.out) {
				if len(line) > 140 || strings.Contains(line, "\t") && command != "completion" {
					t.Errorf("a line that is hard to read: %q", line)
				}
			}
		})
	}
}

// The exit codes are a promise to scripts: they are told where they hold.
func TestHelpTellsExitCodes(t *testing.T) {
	for command, code := range map[string]string{"check": "0 ok, 1 warning, 2 critical, 3 unknown", "status": "0 ok, 1 warning, 2 critical, 3 unknown", "validate": "0 when there is no problem"} {
		backmon(t, command, "--help").expect(t, 0, code)
	}
}

func TestVersion(t *testing.T) {
	if r := backmon(t, "version"); r.code != 0 || r.out != "backmon 1.2.3\n" {
		t.Errorf("%+v", r)
	}
}

func TestCompletion(t *testing.T) {
	for shell, text := range map[string]string{"bash": "__start_backmon", "zsh": "#compdef backmon", "fish": "complete -c backmon"} {
		backmon(t, "completion", shell).expect(t, 0, text)
	}
	backmon(t, "__complete", "check", "disk", "-o", "").expect(t, 0, "prometheus")
}

func TestUsageErrors(t *testing.T) {
	folder := away(t)
	config := put(t, folder, "good.yaml", "environments: {e: {path: d}}\nport: 0\n")
	for _, c := range []struct {
		name string
		args []string
		code int
		text string
	}{
		{"unknown command", []string{"chekc"}, 1, `unknown command "chekc"`},
		{"nothing configured", []string{"run"}, 1, "no configuration file at config.yaml"},
		{"superfluous argument", []string{"run", "now"}, 1, `unknown command "now"`},
		{"bad log level", []string{"run", "--config", config, "--log-level", "loud"}, 1, `--log-level: "loud" is not debug, info, warn or error`},
		{"status without a configuration", []string{"status"}, 3, "no configuration file"},
		{"status in a bad format", []string{"status", "-o", "yaml"}, 3, `"yaml" is not`},
		{"watch in a bad format", []string{"watch", "-o", "table"}, 1, `"table" is not text, json`},
		{"explain without a key", []string{"explain", "d"}, 1, "explain needs DISK and KEY; see `backmon explain --help`"},
	} {
		t.Run(c.name, func(t *testing.T) { backmon(t, c.args...).expect(t, c.code, c.text) })
	}
}
