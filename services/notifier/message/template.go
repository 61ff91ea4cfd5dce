package message

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/pkg/spelling"
)

// Names of the templates.
const (
	titleTemplate = "title"
	textTemplate  = "text"
)

//go:embed default.tmpl
var source embed.FS

// defaults are the default templates.
var defaults = template.Must(template.New("").Funcs(functions()).ParseFS(source, "default.tmpl"))

// functions are what templates may call besides those of text/template.
func functions() template.FuncMap {
	return template.FuncMap{
		"time":     moment,
		"ago":      distance,
		"duration": prose.Duration,
		"size":     backup.FormatSize,
		"count":    prose.Count,
		"cut":      func(most int, text string) string { return prose.Cut(text, most) },
		"join":     func(separator string, list []string) string { return strings.Join(list, separator) },
		"upper":    strings.ToUpper,
		"lower":    strings.ToLower,
	}
}

// Functions lists what templates may call besides the functions of text/template.
func Functions() []string { return slices.Sorted(maps.Keys(functions())) }

// TemplateError is what is wrong with a template.
type TemplateError struct {
	Template     string // title or text
	Line, Column int    // from 1, in bytes
	Message      string
	Hint         string // may be empty
}

// Error says where and what.
func (e *TemplateError) Error() string {
	text := fmt.Sprintf("template %q:%d:%d: %s", e.Template, e.Line, e.Column, e.Message)
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// parse reads a template and tries it on samples.
func (w *Writer) parse(name, source string) (*template.Template, error) {
	t, err := template.New(name).Funcs(functions()).Option("missingkey=zero").Parse(source)
	if err != nil {
		return nil, located(name, source, err)
	}
	for _, n := range samples() {
		if _, err := execute(t, w.view(n)); err != nil {
			return nil, located(name, source, err)
		}
	}
	return t, nil
}

// execute runs a template, whose output is bounded.
func execute(t *template.Template, v View) (string, error) {
	var out bounded
	if err := t.Execute(&out, v); err != nil {
		return "", err
	}
	return out.String(), nil
}

// bounded takes as much as a message may hold.
type bounded struct{ strings.Builder }

var errTooLong = fmt.Errorf("it writes more than %d KiB", maxText>>10)

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxText {
		return 0, errTooLong
	}
	return b.Builder.Write(p)
}

// place finds "template: NAME:LINE:COLUMN: " in the errors of text/template; the
// column is there when a template ran, and counts from 0.
var errorPlace = regexp.MustCompile(`(?s)^template: [^:]*:(\d+)(?::(\d+))?: (?:executing "[^"]*" at )?(.*)$`)

// located turns an error of text/template into one with a place and a hint.
func located(name, source string, err error) error {
	e := &TemplateError{Template: name, Line: 1, Column: 1, Message: err.Error()}
	if m := errorPlace.FindStringSubmatch(err.Error()); m != nil {
		e.Line, _ = strconv.Atoi(m[1])
		e.Message = m[3]
		if column, err := strconv.Atoi(m[2]); err == nil {
			e.Column = column + 1
		} else {
			e.Column = columnOf(source, e.Line, m[3])
		}
	}
	if errors.Is(err, errTooLong) {
		e.Message = errTooLong.Error()
	}
	e.Hint = hint(e.Message)
	return e
}

// columnOf finds the action on a line that can't be parsed, as text/template does
// not tell: the first one at which the text up to its end gives the same error.
func columnOf(source string, line int, message string) int {
	start := 0
	for range line - 1 {
		start += strings.IndexByte(source[start:], '\n') + 1
	}
	row, _, _ := strings.Cut(source[start:], "\n")
	for at := 0; ; {
		open := strings.Index(row[at:], "{{")
		if open < 0 {
			return max(1, strings.Index(row, "{{")+1)
		}
		open += at
		end := len(row)
		if stop := strings.Index(row[open:], "}}"); stop >= 0 {
			end = open + stop + len("}}")
		}
		_, err := template.New("").Funcs(functions()).Parse(source[:start+end])
		if err != nil && strings.HasSuffix(err.Error(), message) {
			return open + 1
		}
		at = end
	}
}

var (
	unknownField    = regexp.MustCompile(`can't evaluate field (\w+) in type \*?message\.(\w+)`)
	nothing         = regexp.MustCompile(`<((?:\.\w+)*)\.(\w+)>: nil pointer`)
	unknownFunction = regexp.MustCompile(`function "(\w+)" not defined`)
)

// hint says what may be meant.
func hint(message string) string {
	if m := unknownField.FindStringSubmatch(message); m != nil {
		return spelling.Hint(m[1], fields(m[2]))
	}
	if m := nothing.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("it is not always there: write {{with %s}}{{.%s}}{{end}}", m[1], m[2])
	}
	if m := unknownFunction.FindStringSubmatch(message); m != nil {
		return spelling.Hint(m[1], Functions())
	}
	return ""
}

// defaultText is the text in the default words.
func defaultText(v View) string {
	text, err := execute(defaults.Lookup(textTemplate), v)
	if err != nil { // too long: there is no other way for it to fail
		return v.Summary
	}
	return tidy(text)
}
