package document

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/spelling"
)

// String returns a scalar as text, with variables replaced. Numbers, true and
// false are returned as they were written. Absent is "".
func (n Node) String() string {
	text, _ := n.text("text")
	return text
}

// Source returns a scalar as it stands in the document, without variables
// replaced: it may be quoted in problems. It is "" if there is no scalar.
func (n Node) Source() string {
	if !n.IsScalar() {
		return ""
	}
	return n.resolved().Value
}

// text returns the scalar's text, and whether there is a usable one.
func (n Node) text(what string) (string, bool) {
	if !n.Exists() {
		return "", false
	}
	if !n.IsScalar() {
		n.expected(what)
		return "", false
	}
	v := n.resolved()
	if e, found := n.doc.expanded[v]; found {
		return e.text, e.usable
	}
	return v.Value, true
}

// Strings returns a list of scalars as text. Absent is nil.
func (n Node) Strings() []string {
	if !n.Exists() {
		return nil
	}
	if !n.IsList() {
		n.expected("a list of strings")
		return nil
	}
	texts := []string{}
	for _, item := range n.Items() {
		if !item.Exists() {
			item.errorf("", "expected text, found nothing")
		}
		if text, ok := item.text("text"); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// OneOrMore is Strings for places where a single scalar stands for a list of one.
func (n Node) OneOrMore() []string {
	if !n.IsScalar() {
		return n.Strings()
	}
	if text, ok := n.text("text"); ok {
		return []string{text}
	}
	return nil
}

// Bool returns true for true, yes and on, and false for false, no and off, in
// any case, quoted or not. Absent is false.
func (n Node) Bool() bool {
	text, ok := n.text("true or false")
	if !ok {
		return false
	}
	switch strings.ToLower(text[:min(len(text), len("false "))]) {
	case "true", "yes", "on", "y":
		return true
	case "false", "no", "off", "n":
		return false
	}
	n.errorf("", "expected true or false, found %s", quote(n.Source()))
	return false
}

// Int returns a whole decimal number from lowest to highest, quoted
// or not. Absent is 0.
func (n Node) Int(lowest, highest int64) int64 {
	text, ok := n.text("a whole number")
	if !ok {
		return 0
	}
	number, err := strconv.ParseInt(strings.TrimSpace(text[:min(len(text), maxLine)]), 10, 64)
	switch {
	case err != nil:
		n.errorf("", "expected a whole number, found %s", quote(n.Source()))
		return 0
	case number < lowest || number > highest:
		n.errorf("", "%s is not in %d to %d", quote(n.Source()), lowest, highest)
		return 0
	}
	return number
}

// Duration returns a duration such as 1d12h, by backup.ParseDuration. Absent is
// 0.
func (n Node) Duration() time.Duration {
	return parsed(n, "a duration", backup.ParseDuration)
}

// Size returns a number of bytes such as 10 MiB, by backup.ParseSize. Absent is
// 0.
func (n Node) Size() int64 {
	return parsed(n, "a size", backup.ParseSize)
}

// Ratio returns a ratio such as 50% as 0.5, by backup.ParseRatio. Absent is 0.
func (n Node) Ratio() float64 {
	return parsed(n, "a ratio", backup.ParseRatio)
}

// parsed reads a scalar by a parser whose errors quote the text. They are not
// shown if the text holds a variable's value.
func parsed[T any](n Node, what string, parse func(string) (T, error)) T {
	var zero T
	text, ok := n.text(what)
	if !ok {
		return zero
	}
	if len(text) > maxLine {
		n.errorf("", "%s is too long for %s", quote(n.Source()), what)
		return zero
	}
	value, err := parse(text)
	switch {
	case err == nil:
		return value
	case text != n.Source():
		n.errorf("", "the value of %s is not %s", quote(n.Source()), what)
	default:
		n.errorf("", "%v", err)
	}
	return zero
}

// OneOf returns the text if it is one of the values, else "", which is recorded
// at the given level with the value that was probably meant. Absent is "".
func (n Node) OneOf(level backup.Level, values ...string) string {
	text, ok := n.text("text")
	if !ok || slices.Contains(values, text) {
		return text
	}
	hint := spelling.Hint(n.Source(), values)
	if hint == "" {
		hint = "known are " + strings.Join(values, ", ")
	}
	n.Problem(level, "unknown value "+quote(n.Source()), hint)
	return ""
}
