package schedule

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/backmon/backmon/pkg/spelling"
)

// kind is one of the seven fields of an expression.
type kind struct {
	name     string
	min, max int
	maxStep  int      // cronexpr's limit for n in */n
	names    []string // of the values from min on; three letters of each suffice
}

var (
	second     = &kind{name: "second", max: 59, maxStep: 59}
	minute     = &kind{name: "minute", max: 59, maxStep: 59}
	hour       = &kind{name: "hour", max: 23, maxStep: 23}
	dayOfMonth = &kind{name: "day of month", min: 1, max: 31, maxStep: 31}
	month      = &kind{name: "month", min: 1, max: 12, maxStep: 12, names: strings.Fields(
		"january february march april may june july august september october november december")}
	dayOfWeek = &kind{name: "day of week", max: 7, maxStep: 6, names: strings.Fields(
		"sunday monday tuesday wednesday thursday friday saturday")}
	year = &kind{name: "year", min: 1970, max: 2099, maxStep: 59}
)

// normalize checks a field and spells it with numbers only. Empty items, as in
// "1,,2", are left out, as cronexpr does.
func (k *kind) normalize(field word) (string, error) {
	var items []string
	column := field.column
	for item := range strings.SplitSeq(field.text, ",") {
		if item != "" {
			normal, err := k.normalizeItem(word{strings.ToLower(item), column})
			if err != nil {
				return "", err
			}
			items = append(items, normal)
		}
		column += len(item) + 1
	}
	if len(items) == 0 {
		return "", k.errorf(field.column, "no value in %q", field.text)
	}
	return strings.Join(items, ","), nil
}

func (k *kind) errorf(column int, format string, args ...any) *Error {
	return &Error{Column: column, Field: k.name, Message: fmt.Sprintf(format, args...)}
}

// normalizeItem handles "*", "5", "5-7", each with or without "/2", and what is
// special to the kind.
func (k *kind) normalizeItem(item word) (string, error) {
	if normal, ok := k.special(item.text); ok {
		return normal, nil
	}
	values, stepText, stepped := strings.Cut(item.text, "/")
	step := 1
	if stepped {
		var err *Error
		if step, err = k.step(word{stepText, item.column + len(values) + 1}); err != nil {
			return "", err
		}
	}
	if values == "*" || values == "?" {
		return wildcardItem(stepped, step), nil
	}
	first, last, err := k.bounds(word{values, item.column}, stepped)
	if err != nil {
		return "", err
	}
	return k.spell(first, last, step), nil
}

func wildcardItem(stepped bool, step int) string {
	if stepped {
		return fmt.Sprintf("*/%d", step)
	}
	return "*"
}

func (k *kind) step(text word) (int, *Error) {
	step, ok := number(text.text)
	if !ok || step < 1 || step > k.maxStep {
		return 0, k.errorf(text.column, "step %q is not in 1-%d", text.text, k.maxStep)
	}
	return step, nil
}

// bounds reads "5" or "5-7". A single value with a step runs to the field's end.
func (k *kind) bounds(values word, stepped bool) (first, last int, err *Error) {
	firstText, lastText, ranged := strings.Cut(values.text, "-")
	if first, err = k.value(word{firstText, values.column}); err != nil {
		return 0, 0, err
	}
	if !ranged {
		if stepped {
			return first, max(first, k.lastValue()), nil
		}
		return first, first, nil
	}
	if last, err = k.value(word{lastText, values.column + len(firstText) + 1}); err != nil {
		return 0, 0, err
	}
	if k == dayOfWeek && last == 0 && first > 0 {
		last = 7
	}
	if last < first {
		err = k.errorf(values.column, "the range %s runs backwards", values.text)
		err.Hint = k.backwardsHint(firstText, lastText)
		return 0, 0, err
	}
	return first, last, nil
}

// backwardsHint writes a range that runs backwards as two that don't. From Sunday
// as 7 it is one: from 0.
func (k *kind) backwardsHint(first, last string) string {
	if k == dayOfWeek && strings.TrimLeft(first, "0") == "7" {
		return fmt.Sprintf("did you mean \"0-%s\"?", last)
	}
	return fmt.Sprintf("did you mean \"%s-%d,%d-%s\"?", first, k.lastValue(), k.min, last)
}

// lastValue is the field's highest value; Sunday is 0 then, not 7.
func (k *kind) lastValue() int {
	if k == dayOfWeek {
		return 6
	}
	return k.max
}

// spell writes a range for cronexpr, which reads neither 7 nor ranges to Sunday
// as crontab(5) does: days of the week become a list.
func (k *kind) spell(first, last, step int) string {
	switch {
	case k == dayOfWeek:
		var days []string
		for d := first; d <= last; d += step {
			days = append(days, strconv.Itoa(d%7))
		}
		return strings.Join(days, ",")
	case first == last:
		return strconv.Itoa(first)
	}
	return fmt.Sprintf("%d-%d/%d", first, last, step)
}

// value reads one number or name.
func (k *kind) value(text word) (int, *Error) {
	if v, ok := k.named(text.text); ok {
		return v, nil
	}
	v, ok := number(text.text)
	if ok && v >= k.min && v <= k.max {
		return v, nil
	}
	if ok {
		err := k.errorf(text.column, "%d is not in %d-%d", v, k.min, k.max)
		err.Hint = k.rangeHint(v)
		return 0, err
	}
	err := k.errorf(text.column, "%q is not a value in %d-%d", text.text, k.min, k.max)
	err.Hint = k.wordHint(text.text)
	return 0, err
}

func (k *kind) named(text string) (int, bool) {
	for i, name := range k.names {
		if text == name || text == name[:3] {
			return k.min + i, true
		}
	}
	return 0, false
}

func (k *kind) rangeHint(v int) string {
	switch {
	case k == hour && v == 24, (k == minute || k == second) && v == 60:
		return fmt.Sprintf("the first %s is 0", k.name)
	case (k == dayOfMonth || k == month) && v == 0:
		return fmt.Sprintf("the first %s is 1", k.name)
	}
	return ""
}

func (k *kind) wordHint(text string) string {
	if h, m, ok := clockTime(text); ok {
		return fmt.Sprintf("the minute comes first, then the hour: \"%d %d\"", m, h)
	}
	if k == dayOfWeek && text == "l" {
		return `a week day goes before it: "6L" is the last Saturday of the month`
	}
	var names []string
	for _, name := range k.names {
		names = append(names, name[:3], name)
	}
	return spelling.Hint(text, names)
}

// special reads what only one kind of field has.
func (k *kind) special(item string) (string, bool) {
	switch k {
	case dayOfMonth:
		return k.specialDayOfMonth(item)
	case dayOfWeek:
		return k.specialDayOfWeek(item)
	}
	return "", false
}

// specialDayOfMonth reads "L" (the last day), "LW" (the last working day) and
// "15W" (the working day closest to the 15th).
func (k *kind) specialDayOfMonth(item string) (string, bool) {
	if item == "l" || item == "lw" {
		return item, true
	}
	before, found := strings.CutSuffix(item, "w")
	if !found {
		return "", false
	}
	v, err := k.value(word{text: before})
	return fmt.Sprintf("%dw", v), err == nil
}

// specialDayOfWeek reads "5L" (the month's last Friday) and "5#3" (its third).
func (k *kind) specialDayOfWeek(item string) (string, bool) {
	dayText, which, numbered := strings.Cut(item, "#")
	if !numbered {
		var found bool
		if dayText, found = strings.CutSuffix(item, "l"); !found {
			return "", false
		}
	}
	v, err := k.value(word{text: dayText})
	if err != nil {
		return "", false
	}
	if !numbered {
		return fmt.Sprintf("%dl", v%7), true
	}
	n, ok := number(which)
	return fmt.Sprintf("%d#%d", v%7, n), ok && n >= 1 && n <= 5
}

// number reads at most four decimal digits.
func number(text string) (int, bool) {
	if len(text) == 0 || len(text) > 4 {
		return 0, false
	}
	for _, r := range text {
		if r < '0' || r > '9' {
			return 0, false
		}
	}
	v, err := strconv.Atoi(text)
	return v, err == nil
}
