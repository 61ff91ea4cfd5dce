package config

import (
	"fmt"
	"regexp"
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
	Text         string
	Line, Column int
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
	tree := parse.New(name)
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(text, "", "", map[string]*parse.Tree{}); err != nil {
		node.Problem(backup.Error, name+templateError(node, err), "")
	}
	line, column := node.Position()
	return Template{Text: text, Line: line, Column: column}
}

// templatePlace is what an error of text/template begins with.
var templatePlace = regexp.MustCompile(`^template: [a-z]*:(\d+):(?:\d+:)? `)

// templateError says what is wrong with a template, unless it holds the value of a
// variable, and in which of its lines.
func templateError(node document.Node, err error) string {
	if node.String() != node.Source() {
		return " is no template"
	}
	message := err.Error()
	place := templatePlace.FindStringSubmatch(message)
	if place == nil {
		return ": " + message
	}
	message = message[len(place[0]):]
	if !strings.Contains(strings.TrimRight(node.String(), "\n"), "\n") {
		return ": " + message
	}
	return fmt.Sprintf(", line %s of it: %s", place[1], message)
}
