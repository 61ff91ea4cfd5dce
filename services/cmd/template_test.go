package cmd_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/backmon/backmon/services/notifier/message"
)

// The page on notifications names fields and functions that templates have, and
// shows the default text.
func TestNotificationsPage(t *testing.T) {
	page := read(t, "../../docs/notifications.md")
	_, words, found := strings.Cut(page, "## Words of your own\n")
	if !found {
		t.Fatal("the page has no part on templates")
	}
	text := regexp.MustCompile("(?s)```\n(.*?)```").FindStringSubmatch(words)
	defaults := regexp.MustCompile(`(?s){{define "text"}}(.*){{end}}`).FindStringSubmatch(read(t, "../notifier/message/default.tmpl"))
	if text == nil || defaults == nil || strings.TrimSpace(text[1]) != strings.TrimSpace(defaults[1]) {
		t.Errorf("the page shows another default text than %q", defaults)
	}
	tables := strings.Split(words, "|---|---|\n")
	if len(tables) != 3 {
		t.Fatalf("%d tables", len(tables)-1)
	}
	rows := regexp.MustCompile("(?m)^\\| (`.*?) \\|")
	fields := regexp.MustCompile("`(\\.[A-Za-z]+)`")
	tried := 0
	for i, around := range []string{"{{with $}}{{FIELD}}{{end}}", "{{range .Items}}{{with .}}{{FIELD}}{{end}}{{end}}"} {
		for _, row := range rows.FindAllStringSubmatch(tables[i+1], -1) {
			for _, field := range fields.FindAllStringSubmatch(row[1], -1) {
				tried++
				if _, err := message.New(message.Config{Text: strings.ReplaceAll(around, "FIELD", field[1])}); err != nil {
					t.Errorf("%s: %v", field[1], err)
				}
			}
		}
	}
	if tried < 50 {
		t.Errorf("only %d fields were found", tried)
	}
	functions := regexp.MustCompile("Functions besides those of text/template: (.*)\\. Names").FindStringSubmatch(words)
	if functions == nil {
		t.Fatal("no functions are named")
	}
	for _, name := range regexp.MustCompile("`([a-z]+)`").FindAllStringSubmatch(functions[1], -1) {
		if _, err := message.New(message.Config{Title: "{{print \"" + name[1] + "\" | printf \"%v\"}}{{if false}}{{" + name[1] + " .}}{{end}}"}); err != nil {
			t.Errorf("function %s: %v", name[1], err)
		}
	}
}
