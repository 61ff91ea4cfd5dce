package schedule_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/schedule"
)

// checkError checks what holds for every error.
func checkError(t testing.TB, expression string, err error) {
	t.Helper()
	var e *schedule.Error
	if !errors.As(err, &e) {
		t.Fatalf("Parse(%q): %T is not an *Error", expression, err)
	}
	if e.Message == "" || e.Column < 1 || e.Column > len(expression)+1 {
		t.Fatalf("Parse(%q): bad error %+v", expression, e)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name, expression string
		column           int
		text             string
	}{
		{"empty", "", 1, `the expression is empty; for example "30 2 * * *" is daily at 02:30`},
		{"blank", " \t ", 1, `the expression is empty; for example "30 2 * * *" is daily at 02:30`},
		{"four fields", "0 2 * *", 1, `4 of 5 fields: minute "0", hour "2", day of month "*", month "*"; did you mean "0 2 * * *"?`},
		{"one field", "5", 1, `1 of 5 fields: minute "5"; did you mean "5 * * * *"?`},
		{"macro without @", "daily", 1, `1 of 5 fields: minute "daily"; did you mean "@daily"?`},
		{"time of day", "02:30", 1, `1 of 5 fields: minute "02:30"; did you mean "30 2 * * *"?`},
		{"eight fields", "0 0 0 1 1 * 2026 9", 18, `8 fields, at most 7 are allowed; they are second, minute, hour, day of month, month, day of week, year`},
		{"hour", "0 25 * * *", 3, `hour: 25 is not in 0-23`},
		{"hour 24", "0 24 * * *", 3, `hour: 24 is not in 0-23; the first hour is 0`},
		{"minute 60", "60 2 * * *", 1, `minute: 60 is not in 0-59; the first minute is 0`},
		{"second", "61 0 2 * * * *", 1, `second: 61 is not in 0-59`},
		{"day 0", "0 0 0 * *", 5, `day of month: 0 is not in 1-31; the first day of month is 1`},
		{"day 32", "0 0 32 * *", 5, `day of month: 32 is not in 1-31`},
		{"month 13", "0 0 1 13 *", 7, `month: 13 is not in 1-12`},
		{"week day 8", "0 0 * * 8", 9, `day of week: 8 is not in 0-7`},
		{"year", "0 0 1 1 * 1969", 11, `year: 1969 is not in 1970-2099`},
		{"second item", "0 0 1,2,40 * *", 9, `day of month: 40 is not in 1-31`},
		{"end of a range", "0 1-30 * * *", 5, `hour: 30 is not in 0-23`},
		{"column after several blanks", "  0   25 * * *", 7, `hour: 25 is not in 0-23`},
		{"misspelled month", "0 0 1 febrary *", 7, `month: "febrary" is not a value in 1-12; did you mean "february"?`},
		{"misspelled day", "0 0 * * mno", 9, `day of week: "mno" is not a value in 0-7; did you mean "mon"?`},
		{"negative", "-1 0 * * *", 1, `minute: "" is not a value in 0-59`},
		{"huge", "99999999999999999999 0 * * *", 1, `minute: "99999999999999999999" is not a value in 0-59`},
		{"time in a field", "02:30 * * * *", 1, `minute: "02:30" is not a value in 0-59; the minute comes first, then the hour: "30 2"`},
		{"step 0", "*/0 * * * *", 3, `minute: step "0" is not in 1-59`},
		{"step too large", "0 1-5/24 * * *", 7, `hour: step "24" is not in 1-23`},
		{"no step", "*/ * * * *", 3, `minute: step "" is not in 1-59`},
		{"backwards", "0 22-2 * * *", 3, `hour: the range 22-2 runs backwards; did you mean "22-23,0-2"?`},
		{"backwards by name", "0 0 * * fri-mon", 9, `day of week: the range fri-mon runs backwards; did you mean "fri-6,0-mon"?`},
		{"cronexpr would panic", "0 0 1 12-1 *", 7, `month: the range 12-1 runs backwards; did you mean "12-12,1-1"?`},
		{"L alone", "0 0 * * L", 9, `day of week: "l" is not a value in 0-7; a week day goes before it: "6L" is the last Saturday of the month`},
		{"sixth week", "0 0 * * 1#6", 9, `day of week: "1#6" is not a value in 0-7`},
		{"L for a month", "0 0 1 L *", 7, `month: "l" is not a value in 1-12`},
		{"only a comma", ", * * * *", 1, `minute: no value in ","`},
		{"misspelled macro", "@dayly", 1, `unknown name "@dayly"; did you mean "@daily"?`},
		{"midnight", " @midnight", 2, `unknown name "@midnight"; did you mean "@daily"?`},
		{"reboot", "@reboot", 1, `unknown name "@reboot"; known are @annually, @daily, @hourly, @monthly, @weekly, @yearly`},
		{"macro and more", "@daily 5", 8, `"@daily" is a whole expression, nothing may follow it`},
		{"not UTF-8", "0 0 \xff * *", 1, `the expression is not valid UTF-8`},
		{"too long", strings.Repeat("0", 257), 1, `the expression has 257 bytes, at most 256 are allowed`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := schedule.Parse(c.expression, nil)
			if err == nil {
				t.Fatalf("Parse(%q) = %v, want an error", c.expression, s)
			}
			checkError(t, c.expression, err)
			var e *schedule.Error
			errors.As(err, &e)
			if e.Column != c.column || err.Error() != c.text {
				t.Errorf("Parse(%q)\n got %d: %s\nwant %d: %s", c.expression, e.Column, err, c.column, c.text)
			}
		})
	}
}

func TestErrorNamesItsField(t *testing.T) {
	_, err := schedule.Parse("0 25 * * *", nil)
	var e *schedule.Error
	if !errors.As(err, &e) || e.Field != "hour" || e.Message != "25 is not in 0-23" || e.Hint != "" {
		t.Errorf("got %+v", err)
	}
}
