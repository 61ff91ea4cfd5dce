package schedule_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/cronexpr"

	"github.com/backmon/backmon/pkg/schedule"
)

const same = "the same"

// TestQuirksOfCronexpr keeps a list of where cronexpr alone would do something
// else than what people mean. If theirs changes, our way around it may go.
func TestQuirksOfCronexpr(t *testing.T) {
	for _, c := range []struct{ name, expression, theirs, ours string }{
		{
			"a range to Sunday", "0 0 * * 6-7",
			"Sat 2026-01-31 00:00, Sat 2026-02-07 00:00, Sat 2026-02-14 00:00",
			"Sat 2026-01-31 00:00, Sun 2026-02-01 00:00, Sat 2026-02-07 00:00",
		},
		{
			"Sunday as 7 with a step", "0 0 * * 7/3",
			"Sat 2026-01-31 00:00, Sun 2026-02-01 00:00, Wed 2026-02-04 00:00",
			"Sun 2026-02-01 00:00, Sun 2026-02-08 00:00, Sun 2026-02-15 00:00",
		},
		{
			"days that run backwards", "0 0 * * fri-mon", "never",
			`error: day of week: the range fri-mon runs backwards; did you mean "fri-6,0-mon"?`,
		},
		{
			"hours that run backwards are dropped silently", "0 5,22-2 * * *",
			"Fri 2026-01-30 05:00, Sat 2026-01-31 05:00, Sun 2026-02-01 05:00",
			`error: hour: the range 22-2 runs backwards; did you mean "22-23,0-2"?`,
		},
		{
			"months that run backwards", "0 0 1 12-1 *", "panic",
			`error: month: the range 12-1 runs backwards; did you mean "12-12,1-1"?`,
		},
		{
			"an eighth field", "0 0 0 1 1 * 2027 junk", "Fri 2027-01-01 00:00, never",
			"error: 8 fields, at most 7 are allowed; they are second, minute, hour, day of month, month, day of week, year",
		},
		{
			"a macro and more", "@daily junk",
			"Fri 2026-01-30 00:00, Sat 2026-01-31 00:00, Sun 2026-02-01 00:00",
			`error: "@daily" is a whole expression, nothing may follow it`,
		},
		{
			"a macro inside", "0 @hourly",
			"Fri 2026-01-30 00:00, Sat 2026-01-31 00:00, Sun 2026-02-01 00:00",
			`error: 2 of 5 fields: minute "0", hour "@hourly"`,
		},
		{
			"a macro in capitals", "@Daily", "error: missing field(s)",
			"Fri 2026-01-30 00:00, Sat 2026-01-31 00:00, Sun 2026-02-01 00:00",
		},
		{
			"leading zeros", "007 0 * * *", "error: syntax error in minute field: '007'",
			"Fri 2026-01-30 00:07, Sat 2026-01-31 00:07, Sun 2026-02-01 00:07",
		},
		{
			"a step with zeros", "*/005 * * * *", "error: invalid interval */005",
			"Thu 2026-01-29 12:05, Thu 2026-01-29 12:10, Thu 2026-01-29 12:15",
		},
		{
			"a wildcard beside a step", "*/7,* 0 * * *",
			"Fri 2026-01-30 00:00, Fri 2026-01-30 00:01, Fri 2026-01-30 00:02", same,
		},
		{
			"a step restricts days", "0 0 */10 * sun",
			"Sat 2026-01-31 00:00, Sun 2026-02-01 00:00, Sun 2026-02-08 00:00", same,
		},
		{
			"a wildcard beside a day restricts nothing", "0 0 *,10 * sun",
			"Sun 2026-02-01 00:00, Sun 2026-02-08 00:00, Sun 2026-02-15 00:00", same,
		},
		{
			"a step restricts week days", "0 0 15 * */3",
			"Sat 2026-01-31 00:00, Sun 2026-02-01 00:00, Wed 2026-02-04 00:00", same,
		},
		{
			"working days stay in their month", "0 0 1W,31W * *",
			"Fri 2026-01-30 00:00, Mon 2026-02-02 00:00, Mon 2026-03-02 00:00", same,
		},
		{"no such working day", "0 0 30W 2 *", "never", same},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := theirs(c.expression); got != c.theirs {
				t.Errorf("cronexpr\n got %s\nwant %s", got, c.theirs)
			}
			if c.ours == same {
				c.ours = c.theirs
			}
			if got := ours(c.expression); got != c.ours {
				t.Errorf("schedule\n got %s\nwant %s", got, c.ours)
			}
		})
	}
}

// Three ticks are enough to tell the difference: they begin on a Thursday.
func threeTicks(next func(time.Time) time.Time) string {
	var ticks []string
	at := time.Date(2026, 1, 29, 12, 0, 0, 0, time.UTC)
	for range 3 {
		at = next(at)
		if at.IsZero() {
			return strings.Join(append(ticks, "never"), ", ")
		}
		ticks = append(ticks, at.Format("Mon 2006-01-02 15:04"))
	}
	return strings.Join(ticks, ", ")
}

func theirs(expression string) (outcome string) {
	defer func() {
		if r := recover(); r != nil {
			outcome = "panic"
		}
	}()
	cron, err := cronexpr.Parse(expression)
	if err != nil {
		return "error: " + err.Error()
	}
	return threeTicks(cron.Next)
}

func ours(expression string) string {
	s, err := schedule.Parse(expression, nil)
	if err != nil {
		return fmt.Sprintf("error: %v", err)
	}
	return threeTicks(s.Next)
}
