package schedule_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/schedule"
)

func TestFieldsAreSpelledOut(t *testing.T) {
	for _, c := range []struct{ name, expression, want string }{
		{"as it is", "30 2 * * *", "30 2 * * *"},
		{"leading zeros", "05 0002 01 007 *", "5 2 1 7 *"},
		{"question marks", "? ? ? ? ?", "* * * * *"},
		{"lists", "1,2,3 4,5 * * *", "1,2,3 4,5 * * *"},
		{"empty items", ",1,,2, 4 * * *", "1,2 4 * * *"},
		{"ranges get a step", "1-5 2-4 1-31 1-12 *", "1-5/1 2-4/1 1-31/1 1-12/1 *"},
		{"a range of one", "5-5 2-2/3 * * *", "5 2 * * *"},
		{"steps", "*/5 ?/2 */10 1-12/3 *", "*/5 */2 */10 1-12/3 *"},
		{"a value with a step runs to the end", "50/5 20/1 30/1 11/1 *", "50-59/5 20-23/1 30-31/1 11-12/1 *"},
		{"the highest value with a step", "59/5 23/2 31/7 12/2 6/2", "59 23 31 12 6"},
		{"months", "0 0 1 jan,FEB,March,dec *", "0 0 1 1,2,3,12 *"},
		{"a range of months", "0 0 1 Sep-december/2 *", "0 0 1 9-12/2 *"},
		{"week days", "0 0 * * sun,Mon,TUESDAY,sat", "0 0 * * 0,1,2,6"},
		{"week days are lists", "0 0 * * mon-fri", "0 0 * * 1,2,3,4,5"},
		{"week days with a step", "0 0 * * 1-5/2", "0 0 * * 1,3,5"},
		{"to Sunday", "0 0 * * fri-sun", "0 0 * * 5,6,0"},
		{"from Sunday", "0 0 * * sun-tue", "0 0 * * 0,1,2"},
		{"from Sunday to Sunday", "0 0 * * 0-7", "0 0 * * 0,1,2,3,4,5,6,0"},
		{"only Sunday", "0 0 * * sun-sun", "0 0 * * 0"},
		{"Sunday as 7", "0 0 * * 7", "0 0 * * 0"},
		{"Sunday as 7 with a step", "0 0 * * 7/2", "0 0 * * 0"},
		{"a week day with a step ends on Saturday", "0 0 * * 2/2", "0 0 * * 2,4,6"},
		{"a wildcard for week days", "0 0 * * */2", "0 0 * * */2"},
		{"the last day", "0 0 l * *", "0 0 l * *"},
		{"working days", "0 0 LW,01w,15W * *", "0 0 lw,1w,15w * *"},
		{"a month's last Friday", "0 0 * * FRIL,5l,fridayL,7L", "0 0 * * 5l,5l,5l,0l"},
		{"a month's third Monday", "0 0 * * mon#3,1#03,7#5", "0 0 * * 1#3,1#3,0#5"},
		{"years", "0 0 1 1 * 2026,2030-2040/5", "0 0 1 1 * 2026,2030-2040/5"},
		{"a year with a step", "0 0 1 1 * 2090/4", "0 0 1 1 * 2090-2099/4"},
		{"seconds", "7,*/15 0 0 1 1 * 2026", "7,*/15 0 0 1 1 * 2026"},
		{"blanks", "\t0\r\n 0\f1 1  * ", "0 0 1 1 *"},
		{"a macro", " @DAILY\n", "0 0 0 * * * *"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := schedule.Normalize(c.expression)
			if err != nil || got != c.want {
				t.Fatalf("%q becomes %q, %v, want %q", c.expression, got, err, c.want)
			}
			if again, err := schedule.Normalize(got); err != nil && !strings.Contains(got, "l") {
				t.Errorf("%q becomes %q, %v", got, again, err)
			}
		})
	}
}

// ruler is a field in an expression of which each tick shows one of its values.
type ruler struct {
	name      string
	pattern   string // the expression, with %s for the field
	low, high int
	step      int // the largest
	names     []string
	read      func(tick time.Time) int
}

var rulers = []ruler{
	{"second", "%s 30 2 15 1 * 2026", 0, 59, 59, nil, time.Time.Second},
	{"minute", "%s 2 15 1 * 2026", 0, 59, 59, nil, time.Time.Minute},
	{"hour", "30 %s 15 1 * 2026", 0, 23, 23, nil, time.Time.Hour},
	{"day of month", "30 2 %s 1 * 2026", 1, 31, 31, nil, time.Time.Day},
	{"month", "30 2 15 %s * 2026", 1, 12, 12, months, func(tick time.Time) int { return int(tick.Month()) }},
	// February 2026 begins on a Sunday and has four weeks.
	{"day of week", "30 2 * 2 %s 2026", 0, 6, 6, weekDays, func(tick time.Time) int { return int(tick.Weekday()) }},
	{"year", "30 2 15 1 * %s", 1970, 2099, 59, nil, time.Time.Year},
}

var (
	months   = strings.Fields("January February March April May June July August September October November December")
	weekDays = strings.Fields("Sunday Monday Tuesday Wednesday Thursday Friday Saturday")
)

// spell writes a value in one of the ways that people do.
func (u ruler) spell(r *rand.Rand, value int) string {
	if u.names != nil && r.IntN(2) == 0 {
		name := u.names[value-u.low]
		return pick(r, name, name[:3], strings.ToLower(name), strings.ToUpper(name[:3]))
	}
	return pick(r, strconv.Itoa(value), fmt.Sprintf("%02d", value), fmt.Sprintf("%04d", value))
}

// item makes one item of a list, and tells which values it stands for.
func (u ruler) item(r *rand.Rand) (string, []int) {
	first := u.low + r.IntN(u.high-u.low+1)
	last := first + r.IntN(u.high-first+1)
	step := 1 + r.IntN(u.step)
	switch r.IntN(4) {
	case 0:
		return u.spell(r, first), []int{first}
	case 1:
		return u.spell(r, first) + "-" + u.spell(r, last), span(first, last, 1)
	case 2:
		return fmt.Sprintf("%s-%s/%d", u.spell(r, first), u.spell(r, last), step), span(first, last, step)
	default:
		return fmt.Sprintf("%s/%d", u.spell(r, first), step), span(first, u.high, step)
	}
}

func span(first, last, step int) []int {
	var values []int
	for v := first; v <= last; v += step {
		values = append(values, v)
	}
	return values
}

// Random lists mean what they say, whatever cronexpr does with such items.
func TestRandomFields(t *testing.T) {
	r := rand.New(rand.NewPCG(43, 44))
	for _, u := range rulers {
		t.Run(u.name, func(t *testing.T) {
			for range 150 {
				var items []string
				var want []int
				for range 1 + r.IntN(4) {
					item, values := u.item(r)
					items, want = append(items, item), append(want, values...)
				}
				u.check(t, strings.Join(items, ","), want)
			}
		})
	}
}

func TestWildcardFields(t *testing.T) {
	for _, u := range rulers {
		t.Run(u.name, func(t *testing.T) {
			u.check(t, "*", span(u.low, u.high, 1))
			u.check(t, "?", span(u.low, u.high, 1))
			for step := 1; step <= u.step; step++ {
				u.check(t, fmt.Sprintf("*/%d", step), span(u.low, u.high, step))
			}
		})
	}
}

// check compares a field's values with those that its ticks show.
func (u ruler) check(t *testing.T, field string, want []int) {
	t.Helper()
	expression := fmt.Sprintf(u.pattern, field)
	s := parse(t, expression, nil)
	var got []int
	for _, tick := range allTicks(t, s, time.Unix(0, 0), time.Unix(1<<32, 0)) {
		got = append(got, u.read(time.Unix(tick, 0).UTC()))
	}
	slices.Sort(got)
	slices.Sort(want)
	got, want = slices.Compact(got), slices.Compact(want)
	if !slices.Equal(got, want) {
		t.Fatalf("%q ticks at %v, want %v", expression, got, want)
	}
}

// Every field is tried with what is wrong for it, as the second item of a list.
func TestErrorsOfEveryField(t *testing.T) {
	const good = "1 2 3 4 5 6 2026"
	for _, c := range []struct {
		place       int // among the seven
		name        string
		bad         string
		offset      int // of the column, from where bad begins
		text, hints string
	}{
		{0, "second", "60", 0, "60 is not in 0-59", "the first second is 0"},
		{0, "second", "jan", 0, `"jan" is not a value in 0-59`, ""},
		{0, "second", "5-x", 2, `"x" is not a value in 0-59`, ""},
		{0, "second", "30-10", 0, "the range 30-10 runs backwards", `did you mean "30-59,0-10"?`},
		{0, "second", "*/60", 2, `step "60" is not in 1-59`, ""},
		{1, "minute", "61", 0, "61 is not in 0-59", ""},
		{1, "minute", "5-60", 2, "60 is not in 0-59", "the first minute is 0"},
		{1, "minute", "l", 0, `"l" is not a value in 0-59`, ""},
		{1, "minute", "1/2/3", 2, `step "2/3" is not in 1-59`, ""},
		{1, "minute", "7:45", 0, `"7:45" is not a value in 0-59`, `the minute comes first, then the hour: "45 7"`},
		{2, "hour", "24-26", 0, "24 is not in 0-23", "the first hour is 0"},
		{2, "hour", "3am", 0, `"3am" is not a value in 0-23`, ""},
		{2, "hour", "22-2/2", 0, "the range 22-2 runs backwards", `did you mean "22-23,0-2"?`},
		{2, "hour", "5/24", 2, `step "24" is not in 1-23`, ""},
		{2, "hour", "1-2-3", 2, `"2-3" is not a value in 0-23`, ""},
		{3, "day of month", "0-3", 0, "0 is not in 1-31", "the first day of month is 1"},
		{3, "day of month", "32w", 0, `"32w" is not a value in 1-31`, ""},
		{3, "day of month", "w", 0, `"w" is not a value in 1-31`, ""},
		{3, "day of month", "mon", 0, `"mon" is not a value in 1-31`, ""},
		{3, "day of month", "25-5", 0, "the range 25-5 runs backwards", `did you mean "25-31,1-5"?`},
		{3, "day of month", "*/32", 2, `step "32" is not in 1-31`, ""},
		{4, "month", "0", 0, "0 is not in 1-12", "the first month is 1"},
		{4, "month", "agu", 0, `"agu" is not a value in 1-12`, `did you mean "aug"?`},
		{4, "month", "jan-octobre", 4, `"octobre" is not a value in 1-12`, `did you mean "october"?`},
		{4, "month", "nov-feb", 0, "the range nov-feb runs backwards", `did you mean "nov-12,1-feb"?`},
		{4, "month", "jan/13", 4, `step "13" is not in 1-12`, ""},
		{5, "day of week", "9", 0, "9 is not in 0-7", ""},
		{5, "day of week", "wednesdya", 0, `"wednesdya" is not a value in 0-7`, `did you mean "wednesday"?`},
		{5, "day of week", "8L", 0, `"8l" is not a value in 0-7`, ""},
		{5, "day of week", "fri#0", 0, `"fri#0" is not a value in 0-7`, ""},
		{5, "day of week", "7-2", 0, "the range 7-2 runs backwards", `did you mean "0-2"?`},
		{5, "day of week", "*/7", 2, `step "7" is not in 1-6`, ""},
		{6, "year", "1969", 0, "1969 is not in 1970-2099", ""},
		{6, "year", "2026-2100", 5, "2100 is not in 1970-2099", ""},
		{6, "year", "26", 0, "26 is not in 1970-2099", ""},
		{6, "year", "2030-2020", 0, "the range 2030-2020 runs backwards", `did you mean "2030-2099,1970-2020"?`},
		{6, "year", "*/60", 2, `step "60" is not in 1-59`, ""},
	} {
		t.Run(c.name+" "+c.bad, func(t *testing.T) {
			fields := strings.Fields(good)
			before := strings.Join(fields[:c.place], " ")
			column := len(before) + min(c.place, 1) + len(fields[c.place]) + len(",") + 1 + c.offset
			fields[c.place] += "," + c.bad
			_, err := schedule.Parse(strings.Join(fields, " "), nil)
			want := schedule.Error{Column: column, Field: c.name, Message: c.text, Hint: c.hints}
			var got *schedule.Error
			if !errors.As(err, &got) || *got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}
