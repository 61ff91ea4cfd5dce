package s3

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// cursor goes through XML of the plainest kind: elements without attributes,
// text with entities. Every method that returns false has met something else.
//
// It counts its position: to shorten a slice instead costs a write barrier each
// time while the garbage collector runs.
type cursor struct {
	body    []byte
	at      int
	decoded []byte // texts that had entities
}

// skip steps over the text if it comes next.
func (c *cursor) skip(text string) bool {
	end := c.at + len(text)
	if end > len(c.body) || string(c.body[c.at:end]) != text {
		return false
	}
	c.at = end
	return true
}

func (c *cursor) space() {
	for c.at < len(c.body) && isSpace(c.body[c.at]) {
		c.at++
	}
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

func isLetter(b byte) bool { return b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' }

// until reads up to the next such byte, which stays.
func (c *cursor) until(b byte) ([]byte, bool) {
	n := bytes.IndexByte(c.body[c.at:], b)
	if n < 0 {
		return nil, false
	}
	c.at += n
	return c.body[c.at-n : c.at], true
}

// open reads a tag that begins an element, or is one without content.
func (c *cursor) open() (name []byte, empty, ok bool) {
	if !c.skip("<") {
		return nil, false, false
	}
	from := c.at
	for c.at < len(c.body) && isLetter(c.body[c.at]) {
		c.at++
	}
	name = c.body[from:c.at]
	empty = c.skip("/>")
	return name, empty, len(name) > 0 && (empty || c.skip(">"))
}

// value reads the text of the element just opened, and its end.
func (c *cursor) value(name []byte, empty bool) ([]byte, bool) {
	if empty {
		return nil, true
	}
	raw, ok := c.until('<')
	if !ok || !c.skip("</") || !bytes.HasPrefix(c.body[c.at:], name) {
		return nil, false
	}
	c.at += len(name)
	if !c.skip(">") {
		return nil, false
	}
	return c.text(raw)
}

// The classes of bytes in the text of an element.
const (
	plain     = iota
	ampersand // begins an entity
	wide      // part of a character beyond ASCII
	forbidden // by XML, or changed by its parsers (carriage return); ">" may end "]]>"
)

var classes = func() (table [256]byte) {
	for b := range table {
		switch {
		case b == '&':
			table[b] = ampersand
		case b >= utf8.RuneSelf:
			table[b] = wide
		case b < ' ' && b != '\n' && b != '\t', b == '>':
			table[b] = forbidden
		}
	}
	return table
}()

// text decodes the text of an element. The result is part of raw or of c.decoded.
func (c *cursor) text(raw []byte) ([]byte, bool) {
	var found [4]bool
	for _, b := range raw {
		found[classes[b]] = true
	}
	switch {
	case found[forbidden], found[wide] && !isText(raw):
		return nil, false
	case found[ampersand]:
		return c.unescape(raw)
	}
	return raw, true
}

// isText tells whether text beyond ASCII is valid and holds only what XML allows.
func isText(raw []byte) bool {
	return utf8.Valid(raw) && !bytes.Contains(raw, []byte("\uFFFE")) && !bytes.Contains(raw, []byte("\uFFFF"))
}

// unescape appends to the page's decoded texts, so that several of them can be
// in use at once.
func (c *cursor) unescape(raw []byte) ([]byte, bool) {
	from := len(c.decoded)
	for {
		n := bytes.IndexByte(raw, '&')
		if n < 0 {
			c.decoded = append(c.decoded, raw...)
			return c.decoded[from:], true
		}
		c.decoded = append(c.decoded, raw[:n]...)
		end := bytes.IndexByte(raw, ';')
		if end < n {
			return nil, false
		}
		r, ok := entityRune(string(raw[n+1 : end]))
		if !ok {
			return nil, false
		}
		c.decoded = utf8.AppendRune(c.decoded, r)
		raw = raw[end+1:]
	}
}

func entityRune(entity string) (rune, bool) {
	switch entity {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(entity) < 2 || entity[0] != '#' {
		return 0, false
	}
	digits, base := entity[1:], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 31)
	return rune(n), err == nil && isCharacter(rune(n))
}

// isCharacter tells whether XML allows the character.
func isCharacter(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r < 0xD800 ||
		r >= 0xE000 && r < 0xFFFE || r >= 0x10000 && r <= utf8.MaxRune
}
