package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// parse returns the document's outermost value, or nil if there is none or it
// was refused.
func (d *Document) parse() *yaml.Node {
	if at := invalidCharacter(d.source.text); at >= 0 {
		line, column := d.source.position(at)
		r, _ := utf8.DecodeRune(d.source.text[at:])
		d.refuse(line, utf8.RuneCount(d.source.text[at-column+1:at])+1, characterMessage(r), "YAML is UTF-8 text")
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(d.source.text))
	document, err := decode(decoder)
	if err != nil {
		d.syntax(err)
		return nil
	}
	second, err := decode(decoder)
	if err != nil {
		d.syntax(err)
		return nil
	}
	if second != nil && (Node{doc: d, value: second}).Exists() {
		d.refuse(second.Line, second.Column, "a second document begins here, one is expected", `remove the line "---" before it`)
		return nil
	}
	return document
}

// decode returns the next document's value, nil after the last. Decoding into a
// Node expands no aliases.
func decode(decoder *yaml.Decoder) (root *yaml.Node, err error) {
	// The parser is not ours, and the text comes from anywhere.
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, fmt.Errorf("yaml: the parser gave up: %v", r)
		}
	}()
	var document yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if document.Kind == yaml.DocumentNode && len(document.Content) == 1 {
		return document.Content[0], nil
	}
	return &document, nil
}

// invalidCharacter returns where the first character is that YAML has no place
// for, or -1. (The parser says that there is one, but not where.)
func invalidCharacter(text []byte) int {
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size < 2 || !printable(r) {
			return at
		}
		at += size
	}
	return -1
}

func printable(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r', r == 0x85:
		return true
	case r < 0x20, r >= 0x7f && r < 0xa0, r == 0xfeff, r == 0xfffe, r == 0xffff:
		return false
	}
	return true
}

func characterMessage(r rune) string {
	if r == utf8.RuneError {
		return "a byte that is not UTF-8"
	}
	return fmt.Sprintf("the control character %U", r)
}

var (
	errorLine    = regexp.MustCompile(`^line ([0-9]+): `)
	unknownAlias = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
)

// syntax records the parser's error, which holds a line, but no column.
func (d *Document) syntax(err error) {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := unknownAlias.FindStringSubmatch(message); m != nil {
		line, column := d.findAlias(m[1])
		d.refuse(line, column, fmt.Sprintf("alias *%s has no anchor &%s before it", m[1], m[1]), quoteHint("*"))
		return
	}
	line := 1 // the parser leaves out the number of the first line
	if m := errorLine.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = message[len(m[0]):]
	}
	d.refuse(line, 0, message, syntaxHint(message, d.source.line(line)))
}

// findAlias returns where the first such alias is, column in characters.
func (d *Document) findAlias(name string) (line, column int) {
	alias := regexp.MustCompile(`(?:^|[\s\[,])\*` + regexp.QuoteMeta(name) + `(?:$|[\s\],}])`)
	for i := range d.source.lines {
		text := d.source.line(i + 1)
		if at := alias.FindStringIndex(text); at != nil {
			star := at[0] + strings.Index(text[at[0]:], "*")
			return i + 1, utf8.RuneCountInString(text[:star]) + 1
		}
	}
	return 0, 0
}

var (
	tabIndent   = regexp.MustCompile(`^ *\t`)
	badStart    = regexp.MustCompile("(?:^|- |: )\\s*([%@`{*&!|>\\[])")
	innerColons = regexp.MustCompile(`: [^"']*: `)
)

// syntaxHint knows the usual slips by the line that the parser stumbles over.
func syntaxHint(message, line string) string {
	if strings.HasPrefix(message, "did not find expected ',' or ") {
		return "close the bracket, or put quotes around text that begins with one"
	}
	if tabIndent.MatchString(line) {
		return "indent with spaces, not with tabs"
	}
	if m := badStart.FindStringSubmatch(line); m != nil {
		return quoteHint(m[1])
	}
	if innerColons.MatchString(line) {
		return `text with ": " in it needs quotes around it`
	}
	return ""
}
