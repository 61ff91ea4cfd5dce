package document

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// stride is the distance, in characters, of the places whose offset is kept.
const stride = 64

// source is the document's text, by lines as YAML counts them. Positions in it
// are found in constant time, however long the lines are.
type source struct {
	text  []byte
	lines []line
	marks []int // offsets of the characters 0, 64, 128 and so on
}

// line is where a line begins, in bytes and in characters of the whole text.
type line struct{ offset, character int }

func newSource(data []byte) source {
	text := bytes.TrimPrefix(data, []byte("\ufeff"))
	s := source{text: text, lines: []line{{}}}
	for at, character := 0, 0; at < len(text); {
		if character%stride == 0 {
			s.marks = append(s.marks, at)
		}
		r, size := utf8.DecodeRune(text[at:])
		at, character = at+size, character+1
		if isBreak(r) && (r != '\r' || at == len(text) || text[at] != '\n') {
			s.lines = append(s.lines, line{at, character})
		}
	}
	return s
}

// isBreak knows YAML 1.1's line breaks, which yaml counts lines by.
func isBreak(r rune) bool { return strings.ContainsRune("\n\r\u0085\u2028\u2029", r) }

// offset returns where a position begins in the text; column counts characters.
func (s source) offset(number, column int) int {
	if number < 1 || number > len(s.lines) {
		return len(s.text)
	}
	character := s.lines[number-1].character + max(column, 1) - 1
	if character/stride >= len(s.marks) {
		return len(s.text)
	}
	at := s.marks[character/stride]
	for range character % stride {
		_, size := utf8.DecodeRune(s.text[at:])
		at += size
	}
	return at
}

// byteColumn turns yaml's column in characters into one in bytes.
func (s source) byteColumn(number, column int) int {
	if column < 1 || number < 1 || number > len(s.lines) {
		return 0
	}
	return s.offset(number, column) - s.lines[number-1].offset + 1
}

// position is the opposite of offset, with the column in bytes.
func (s source) position(offset int) (number, column int) {
	number = len(s.lines)
	for s.lines[number-1].offset > offset {
		number--
	}
	return number, offset - s.lines[number-1].offset + 1
}

// line returns the text of a line, with its line break.
func (s source) line(number int) string {
	if number < 1 || number > len(s.lines) {
		return ""
	}
	end := len(s.text)
	if number < len(s.lines) {
		end = s.lines[number].offset
	}
	return string(s.text[s.lines[number-1].offset:end])
}

// has tells whether the text goes on with a string at an offset.
func (s source) has(offset int, text string) bool {
	return len(text) <= len(s.text)-offset && string(s.text[offset:offset+len(text)]) == text
}

// block returns where a literal block of several lines begins whose first one is
// number; 0 if they are not those of the text.
func (s source) block(number int, text string) (line, column int) {
	rows := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, row := range rows {
		if number+i > len(s.lines) {
			return 0, 0
		}
		there := strings.TrimRightFunc(s.line(number+i), isBreak)
		if row == "" && strings.Trim(there, " ") == "" {
			continue
		}
		indent, found := strings.CutSuffix(there, row)
		if !found || strings.Trim(indent, " ") != "" || column > 0 && len(indent)+1 != column {
			return 0, 0
		}
		column = len(indent) + 1
	}
	if column == 0 {
		return 0, 0
	}
	return number, column
}
