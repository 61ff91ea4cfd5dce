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
	if len(tables) != 5 {
		t.Fatalf("%d tables", len(tables)-1)
	}
	rows := regexp.MustCompile("(?m)^\\| (`.*?) \\|")
	fields := regexp.MustCompile("`(\\.[A-Za-z]+)`")
	tried := 0
	for i, around := range []string{"{{with $}}{{FIELD}}{{end}}", "{{range .Items}}{{with .}}{{FIELD}}{{end}}{{end}}", "{{with .Digest}}{{FIELD}}{{end}}"} {
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
	called := map[string]bool{}
	for _, row := range rows.FindAllStringSubmatch(tables[4], -1) {
		for _, call := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			if _, err := message.New(message.Config{Text: "{{range .Items}}" + call[1] + "{{end}}"}); err != nil {
				t.Errorf("%s: %v", call[1], err)
			}
			for _, name := range regexp.MustCompile(`{{([a-z]+) `).FindAllStringSubmatch(call[1], -1) {
				called[name[1]] = true
			}
		}
	}
	for _, name := range message.Functions() {
		if !called[name] {
			t.Errorf("the function %s is not shown", name)
		}
	}
}
