package document

import (
	"fmt"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/backup"
)

func excerptAt(text string, line int) backup.Excerpt { return newSource([]byte(text)).excerpt(line) }

func TestExcerpt(t *testing.T) {
	const five = "one\ntwo\r\nthree\nfour\nfive\n"
	long := strings.Repeat("ü", 200)
	for _, c := range []struct {
		name, text string
		line, from int
		want       string
	}{
		{"in the middle", five, 3, 1, "one\ntwo\nthree\nfour\nfive"},
		{"at the beginning", five, 1, 1, "one\ntwo\nthree"},
		{"at the end", five, 5, 3, "three\nfour\nfive"},
		{"the end of the file", five, 6, 4, "four\nfive\n"},
		{"beyond it", five, 7, 0, ""},
		{"of the whole file", five, 0, 0, ""},
		{"no text", "", 1, 1, ""},
		{"a mark at the beginning", "\ufeffone", 1, 1, "one"},
		{"a long line", long, 1, 1, long[:excerptLine] + "…"},
		{"no half characters", "x" + long, 1, 1, "x" + long[:excerptLine-2] + "…"},
		{"no UTF-8", "a\xff", 1, 1, "a\uFFFD"},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := backup.Excerpt{Line: c.from, Text: c.want}
			if got := excerptAt(c.text, c.line); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// What does not belong into a definitions file must not get into an event.
func TestExcerptHidesSecrets(t *testing.T) {
	for line, want := range map[string]string{
		`password: hunter2`:                        `password: ***`,
		`  "Secret_Access_Key" : 'hunter2' # here`: `  "Secret_Access_Key" : ***`,
		`{user: x, token: hunter2}`:                `{user: x, token: ***`,
		`url: https://me:hunter2@host/x`:           `url: https://me:***@host/x`,
		`schedule: 0 2 * * *`:                      `schedule: 0 2 * * *`,
		`secrets-{{x}}:`:                           `secrets-{{x}}:`,
		`password: # none`:                         `password: # none`,
	} {
		if got := excerptAt(line, 1).Text; got != want {
			t.Errorf("%q is shown as %q, want %q", line, got, want)
		}
	}
}

func TestExcerptsAreAskedFor(t *testing.T) {
	for _, asked := range []bool{false, true} {
		_, problems := Parse([]byte("a: 1\nb: ]\n"), Options{Excerpts: asked})
		if len(problems) != 1 || (problems[0].Excerpt.Text == "a: 1\nb: ]") != asked {
			t.Errorf("asked %v: %+v", asked, problems)
		}
	}
}

// However many problems there are, errors come first and the sum is bounded.
func TestExcerptsAreBounded(t *testing.T) {
	var text strings.Builder
	var problems []backup.Problem
	for i := range 1000 {
		fmt.Fprintf(&text, "%d%s\n", i, strings.Repeat("x", 300))
		problems = append(problems, backup.Problem{Level: backup.Warning + backup.Level(i%2), Line: i + 1})
	}
	newSource([]byte(text.String())).addExcerpts(problems)
	sum, shown := 0, map[backup.Level]int{}
	for _, p := range problems {
		sum += len(p.Excerpt.Text)
		if p.Excerpt.Line > 0 {
			shown[p.Level]++
		}
	}
	if sum > excerptTotal || sum < excerptTotal*9/10 || shown[backup.Error] == 0 || shown[backup.Warning] != 0 {
		t.Errorf("%d bytes, shown %v", sum, shown)
	}
}
