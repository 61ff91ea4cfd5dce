package schedule

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/backmon/backmon/pkg/spelling"
)

// maxLength is the longest expression that is read, in bytes.
const maxLength = 256

// macros are the names for common expressions, in the form with seconds that
// cronexpr gives them.
//

var macros = map[string]string{
	"@yearly":   "0 0 0 1 1 * *",
	"@annually": "0 0 0 1 1 * *",
	"@monthly":  "0 0 0 1 * * *",
	"@weekly":   "0 0 0 * * 0 *",
	"@daily":    "0 0 0 * * * *",
	"@hourly":   "0 0 * * * * *",
}

func macroNames() []string { return slices.Sorted(maps.Keys(macros)) }

// word is one part of an expression.
type word struct {
	text   string
	column int // of its first byte, counted from 1
}

// expression is a checked expression in a form that cronexpr and crontab(5) read
// alike. Its fields are in the order of the kinds beside them.
type expression struct {
	kinds  []*kind
	fields []string
}

// String returns the expression as cronexpr is to parse it.
func (e expression) String() string { return strings.Join(e.fields, " ") }

// wildcard tells whether hour or minute begin with a wildcard.
func (e expression) wildcard() bool {
	for i, k := range e.kinds {
		if (k == minute || k == hour) && strings.HasPrefix(e.fields[i], "*") {
			return true
		}
	}
	return false
}

// normalize checks an expression and spells it out.
func normalize(source string) (expression, error) {
	if err := checkText(source); err != nil {
		return expression{}, err
	}
	words := split(source)
	if len(words) == 0 {
		return expression{}, &Error{
			Column: 1, Message: "the expression is empty",
			Hint: `for example "30 2 * * *" is daily at 02:30`,
		}
	}
	words, err := expandMacro(words)
	if err != nil {
		return expression{}, err
	}
	kinds, err := kindsOf(words)
	if err != nil {
		return expression{}, err
	}
	e := expression{kinds: kinds}
	for i, k := range kinds {
		text, err := k.normalize(words[i])
		if err != nil {
			return expression{}, err
		}
		e.fields = append(e.fields, text)
	}
	return e, nil
}

func checkText(source string) error {
	if len(source) > maxLength {
		return &Error{Column: 1, Message: fmt.Sprintf("the expression has %d bytes, at most %d are allowed", len(source), maxLength)}
	}
	if !utf8.ValidString(source) {
		return &Error{Column: 1, Message: "the expression is not valid UTF-8"}
	}
	return nil
}

// split cuts at blanks, as cronexpr does.
func split(source string) []word {
	var words []word
	inWord := false
	for at, r := range source {
		switch blank := strings.ContainsRune(" \t\n\f\r", r); {
		case blank:
			inWord = false
		case inWord:
			words[len(words)-1].text += string(r)
		default:
			inWord = true
			words = append(words, word{string(r), at + 1})
		}
	}
	return words
}

// expandMacro replaces a name that begins with "@" by what it stands for.
func expandMacro(words []word) ([]word, error) {
	name := strings.ToLower(words[0].text)
	full, known := macros[name]
	switch {
	case known && len(words) == 1:
		expanded := split(full)
		for i := range expanded {
			expanded[i].column = words[0].column
		}
		return expanded, nil
	case known:
		return nil, &Error{Column: words[1].column, Message: fmt.Sprintf("%q is a whole expression, nothing may follow it", words[0].text)}
	case strings.HasPrefix(name, "@"):
		return nil, &Error{Column: words[0].column, Message: fmt.Sprintf("unknown name %q", words[0].text), Hint: macroHint(name)}
	}
	return words, nil
}

func macroHint(name string) string {
	if name == "@midnight" {
		name = "@daily"
	}
	if hint := spelling.Hint(name, macroNames()); hint != "" {
		return hint
	}
	return "known are " + strings.Join(macroNames(), ", ")
}

// kindsOf tells which field each word is, by how many there are.
func kindsOf(words []word) ([]*kind, error) {
	five := []*kind{minute, hour, dayOfMonth, month, dayOfWeek}
	switch len(words) {
	case 5:
		return five, nil
	case 6:
		return append(five, year), nil
	case 7:
		return append([]*kind{second}, append(five, year)...), nil
	}
	return nil, countError(words, five)
}

func countError(words []word, five []*kind) *Error {
	e := &Error{Column: words[0].column}
	if len(words) > 7 {
		e.Column = words[7].column
		e.Message = fmt.Sprintf("%d fields, at most 7 are allowed", len(words))
		e.Hint = "they are second, minute, hour, day of month, month, day of week, year"
		return e
	}
	got := make([]string, len(words))
	for i, w := range words {
		got[i] = fmt.Sprintf("%s %q", five[i].name, w.text)
	}
	e.Message = fmt.Sprintf("%d of 5 fields: %s", len(words), strings.Join(got, ", "))
	e.Hint = missingHint(words)
	return e
}

// missingHint guesses what an expression with too few fields was meant to be.
func missingHint(words []word) string {
	name := "@" + strings.ToLower(words[0].text)
	if _, known := macros[name]; known && len(words) == 1 {
		return fmt.Sprintf("did you mean %q?", name)
	}
	if len(words) == 1 {
		if h, m, ok := clockTime(words[0].text); ok {
			return fmt.Sprintf("did you mean \"%d %d * * *\"?", m, h)
		}
	}
	full := []string{"*", "*", "*", "*", "*"}
	for i, w := range words {
		full[i] = w.text
	}
	guess := strings.Join(full, " ")
	if _, err := normalize(guess); err != nil {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", guess)
}

// clockTime reads a time of day as people write it.
func clockTime(text string) (h, m int, ok bool) {
	before, after, found := strings.Cut(text, ":")
	h, hourOK := number(before)
	m, minuteOK := number(after)
	return h, m, found && hourOK && minuteOK && h < 24 && m < 60
}
