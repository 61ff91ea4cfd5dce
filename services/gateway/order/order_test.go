package order_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/gateway/order"
)

var now = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

func tell(problems []order.Problem) string {
	var all []string
	for _, p := range problems {
		all = append(all, fmt.Sprintf("%s: %s", p.Field, p.Text))
	}
	return strings.Join(all, "; ")
}

func TestHold(t *testing.T) {
	good := order.Request{By: " eve ", Why: " legal case\n", Until: "2026-12-31"}
	change := func(edit func(*order.Request)) order.Request {
		r := good
		edit(&r)
		return r
	}
	named := backup.Hold{Disk: "db", Group: "\xff"}
	for _, c := range []struct {
		name    string
		hold    backup.Hold
		request order.Request
		want    string
	}{
		{"good", named, good, ""},
		{"without an end", named, change(func(r *order.Request) { r.Until = "" }), ""},
		{"everything", backup.Hold{}, change(func(r *order.Request) { r.All = true }), ""},
		{"nothing named", backup.Hold{}, good, "scope: name what to hold, or say that everything is meant"},
		{"everything and a name", named, change(func(r *order.Request) { r.All = true }), "scope: everything is meant, and there are names beside it: leave one of them away"},
		{"too long", named, change(func(r *order.Request) { r.Why, r.By = strings.Repeat("ü", 2001), strings.Repeat("ü", 201) }), "why: has over 2000 characters; by: has over 200 characters"},
		{"as long as can be", named, change(func(r *order.Request) { r.Why, r.By = strings.Repeat("ü", 2000), strings.Repeat("ü", 200) }), ""},
		{
			"all at once",
			backup.Hold{},
			order.Request{Why: "\t", Until: "Friday"},
			`scope: name what to hold, or say that everything is meant; why: say why, for those who find the hold later; by: say who puts the hold; until: "Friday" is not ` + order.MomentHelp,
		},
		{"far off", named, change(func(r *order.Request) { r.Until = "2127-01-01" }), `until: "2127-01-01" is over a hundred years off; leave it away for a hold without an end`},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, problems := order.Hold(c.hold, c.request, now)
			if got := tell(problems); got != c.want {
				t.Errorf("problems %s\nwant     %s", got, c.want)
			}
			if len(problems) == 0 && (len(h.ID) != 10 || h.Since != now || h.Disk != c.hold.Disk || h.Group != c.hold.Group || strings.TrimSpace(h.By) != h.By || h.Why == "") {
				t.Errorf("the hold is %+v", h)
			}
		})
	}
	a, _ := order.Hold(named, good, now)
	b, _ := order.Hold(named, good, now)
	if a.ID == b.ID || a.By != "eve" || a.Why != "legal case" || !a.Until.Equal(now.Truncate(24*time.Hour).AddDate(0, 0, 351)) {
		t.Errorf("%+v and %+v", a, b)
	}
}

func TestSilence(t *testing.T) {
	for _, c := range []struct {
		name    string
		match   incident.Match
		request order.Request
		want    string
	}{
		{"good", incident.Match{Disks: []string{"db"}}, order.Request{By: "e", Why: "w", Until: "2h"}, ""},
		{"any is all", incident.Match{Disks: []string{"*"}}, order.Request{By: "e", Why: "w", Until: "2h"}, "scope: name what to silence, or say that everything is meant"},
		{"any and all", incident.Match{Disks: []string{"*"}}, order.Request{All: true, By: "e", Why: "w", Until: "2h"}, ""},
		{"without an end", incident.Match{Disks: []string{"db"}}, order.Request{By: "e", Why: "w"}, "until: say when it ends, as 2h or 2026-12-31: what is still bad is told then"},
		{"over", incident.Match{Disks: []string{"db"}}, order.Request{By: "e", Why: "w", Until: "2026-01-14"}, "until: 2026-01-15T00:00:00Z has passed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, problems := order.Silence(c.match, c.request, now)
			if got := tell(problems); got != c.want {
				t.Errorf("problems %s\nwant     %s", got, c.want)
			}
			if len(problems) == 0 && (s.ID == "" || !s.Until.Equal(now.Add(2*time.Hour)) || len(s.Match.Disks) != 1) {
				t.Errorf("the silence is %+v", s)
			}
		})
	}
}

func TestMoments(t *testing.T) {
	for _, c := range []struct{ text, future, past string }{
		{"2026-12-31T12:00:00+02:00", "2026-12-31T10:00:00Z", "2026-12-31T10:00:00Z"},
		{"2026-12-31", "2027-01-01T00:00:00Z", "2026-12-31T00:00:00Z"},
		{"36h", "2026-01-17T00:00:00Z", "2026-01-14T00:00:00Z"},
		{"7d", "2026-01-22T12:00:00Z", "2026-01-08T12:00:00Z"},
		{"2026-01-15T12:00:00Z", "has passed", "2026-01-15T12:00:00Z"},
		{"", "is not a time", "is not how long ago"},
		{"tomorrow", "is not a time", "is not how long ago"},
	} {
		for what, parse := range map[string]func(string, time.Time) (time.Time, error){c.future: order.ParseMoment, c.past: order.ParsePast} {
			at, err := parse(c.text, now)
			got := at.UTC().Format(time.RFC3339)
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, what) {
				t.Errorf("%q: %s, want %s", c.text, got, what)
			}
		}
	}
}

func TestNames(t *testing.T) {
	if s, err := order.ParseSeverity("Critical"); err != nil || s != backup.SeverityCritical {
		t.Errorf("Critical: %v, %v", s, err)
	}
	if s, err := order.ParseState("late"); err != nil || s != backup.Late {
		t.Errorf("late: %v, %v", s, err)
	}
	for text, want := range map[string]string{"ok": `unknown severity "ok"; known are warning, unknown, critical`, "critcal": `unknown severity "critcal"; did you mean "critical"?`} {
		if _, err := order.ParseSeverity(text); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if _, err := order.ParseState("GONE"); err == nil {
		t.Error("GONE is no state of an incident")
	}
}
