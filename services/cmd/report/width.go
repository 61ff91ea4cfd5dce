package report

import "unicode"

// wide are the characters that take two cells of a terminal: East Asian ones and
// emoji, as Unicode's report 11 has them in broad strokes.
//

var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1},
		{Lo: 0x2e80, Hi: 0x303e, Stride: 1},
		{Lo: 0x3041, Hi: 0xa4cf, Stride: 1},
		{Lo: 0xac00, Hi: 0xd7a3, Stride: 1},
		{Lo: 0xf900, Hi: 0xfaff, Stride: 1},
		{Lo: 0xfe30, Hi: 0xfe6f, Stride: 1},
		{Lo: 0xff00, Hi: 0xff60, Stride: 1},
		{Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1},
		{Lo: 0x1f680, Hi: 0x1f6ff, Stride: 1},
		{Lo: 0x1f900, Hi: 0x1f9ff, Stride: 1},
		{Lo: 0x20000, Hi: 0x3fffd, Stride: 1},
	},
}

// width is how many cells of a terminal a text takes.
func width(text string) int {
	n := 0
	for _, r := range text {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me): // they stand on the one before
		return 0
	case unicode.Is(wide, r):
		return 2
	default:
		return 1
	}
}

// cut takes out the middle of a text that is wider than limit cells: both ends of
// a path tell more than its middle.
func cut(text string, limit int) string {
	if width(text) <= limit {
		return text
	}
	runes := []rune(text)
	head, used := 0, 0
	for used+runeWidth(runes[head]) <= (limit-1)/2 {
		used += runeWidth(runes[head])
		head++
	}
	tail := len(runes)
	for used+runeWidth(runes[tail-1]) <= limit-1 {
		tail--
		used += runeWidth(runes[tail])
	}
	for tail < len(runes) && runeWidth(runes[tail]) == 0 { // a mark whose letter is gone
		tail++
	}
	return string(runes[:head]) + "…" + string(runes[tail:])
}
