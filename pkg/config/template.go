package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/template/parse"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

// maxTemplate bounds a template, in bytes.
const maxTemplate = 16 << 10

// Template is the text of a text/template, with its place in the file. It parses;
// whether its fields and functions exist is not known here. The zero Template says
// that there is none.
type Template struct {
	Text string
	// Line and Column are where the text begins, or its value, if not AsIs.
	Line, Column int
	// AsIs says that the text stands in the file as it is, each of its lines at the
	// same column.
	AsIs bool
	// Hidden says that the text holds the value of a variable: no problem may quote it.
	Hidden bool
}

// Problem is what is wrong with the template called name, at a line and column of its
// text, as a problem of the file. In a text that does not stand there as it is the
// line is told in words.
func (t Template) Problem(file, name string, line, column int, message, hint string) backup.Problem {
	line = min(line, strings.Count(strings.TrimRight(t.Text, "\n"), "\n")+1) // and not after its end
	p := backup.Problem{Level: backup.Error, File: file, Line: t.Line, Column: t.Column, Message: name + ": " + message, Hint: hint}
	switch {
	case t.Hidden:
		p.Message, p.Hint = name+" is no template that can be used, or becomes none by the value of a variable", ""
	case t.AsIs:
		p.Line, p.Column = t.Line+line-1, t.Column+column-1
	case line > 1:
		p.Message = fmt.Sprintf("%s, line %d of it: %s", name, line, message)
	}
	return p
}

func readTemplate(node document.Node, name string) Template {
	text := node.String()
	if text == "" || node.HasErrors() {
		return Template{}
	}
	if len(text) > maxTemplate {
		node.Problem(backup.Error, fmt.Sprintf("%s has %d bytes, at most %d are allowed", name, len(text), maxTemplate), "")
		return Template{}
	}
	t := Template{Text: text, Hidden: text != node.Source()}
	t.Line, t.Column = node.Begins()
	if t.AsIs = t.Line > 0; !t.AsIs {
		t.Line, t.Column = node.Position()
	}
	tree := parse.New(name)
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(text, "", "", map[string]*parse.Tree{}); err != nil {
		line, message := templateError(err)
		p := t.Problem("", name, line, 1, message, "")
		node.ProblemOn(p.Level, p.Line, p.Column, p.Message, p.Hint)
	}
	return t
}

// templatePlace is what an error of text/template begins with.
var templatePlace = regexp.MustCompile(`^template: [a-z]*:(\d+):(?:\d+:)? `)

// templateError takes the line out of an error of text/template.
func templateError(err error) (line int, message string) {
	message = err.Error()
	place := templatePlace.FindStringSubmatch(message)
	if place == nil {
		return 1, message
	}
	line, _ = strconv.Atoi(place[1])
	return line, message[len(place[0]):]
}
