package pattern

import "strings"

// Placeholder describes one %-placeholder of the language, for help texts.
type Placeholder struct {
	// Name is the placeholder as it is written: "%M".
	Name string
	// Accepts says what it matches: "01-12".
	Accepts string
	// Part is the time part that it gives, or 0.
	Part Parts
}

// Placeholders returns every placeholder of the language in the order in which
// help texts list them. "%%", which is a literal '%', is not among them.
func Placeholders() []Placeholder {
	list := make([]Placeholder, len(placeholders))
	for i, p := range placeholders {
		list[i] = Placeholder{Name: p.name(), Accepts: p.accepts, Part: p.part}
	}
	return list
}

// placeholder is how one placeholder matches. It is either a number of fixed
// width or one or more bytes of a class.
type placeholder struct {
	letter  byte
	accepts string

	width     int // bytes of the number; 0 for a repeated class
	low, high int // bounds of the number
	base      int // added to the number: 2000 for %y
	part      Parts

	class   class
	lazy    bool // as few bytes as possible, else as many as possible
	natural bool // a number without leading zeros
}

// name returns the placeholder as it is written.
func (p *placeholder) name() string { return "%" + string(rune(p.letter)) }

// placeholders is the language's table. %v is also what {{var}} matches.
//

var placeholders = []*placeholder{
	{letter: 'Y', accepts: "four digits", width: 4, high: 9999, part: Year},
	{letter: 'y', accepts: "two digits, 20yy", width: 2, high: 99, base: 2000, part: Year},
	{letter: 'M', accepts: "01-12", width: 2, low: 1, high: 12, part: Month},
	{letter: 'D', accepts: "01-31", width: 2, low: 1, high: 31, part: Day},
	{letter: 'h', accepts: "00-23", width: 2, high: 23, part: Hour},
	{letter: 'm', accepts: "00-59", width: 2, high: 59, part: Minute},
	{letter: 's', accepts: "00-59", width: 2, high: 59, part: Second},
	{letter: 'i', accepts: "a number without leading zeros", class: classDigit, natural: true},
	{letter: 'I', accepts: "digits", class: classDigit},
	{letter: 'x', accepts: "digits and a-f", class: classLowerHex},
	{letter: 'X', accepts: "digits and A-F", class: classUpperHex},
	{letter: 'w', accepts: "letters, digits and _", class: classWord},
	{letter: 'v', accepts: `anything without ".", "/" and "\"`, class: classValue, lazy: true},
	{letter: 'A', accepts: `anything without "/"`, class: classAny, lazy: true},
}

// placeholderFor returns the placeholder with that letter, or nil.
func placeholderFor(letter byte) *placeholder {
	for _, p := range placeholders {
		if p.letter == letter {
			return p
		}
	}
	return nil
}

// placeholderHint says what may have been meant by an unknown placeholder: the
// one in the other case if there is one, else all of them.
func placeholderHint(letter rune) string {
	for _, p := range placeholders {
		if strings.EqualFold(string(letter), string(rune(p.letter))) {
			return "did you mean " + p.name() + "?"
		}
	}
	names := make([]string, len(placeholders))
	for i, p := range placeholders {
		names[i] = p.name()
	}
	return "known are " + strings.Join(names, ", ") + ", and %% for a percent sign"
}

// fits reports whether text begins with a number within bounds.
func (p *placeholder) fits(text string) bool {
	if len(text) < p.width {
		return false
	}
	value := 0
	for i := range p.width {
		digit := text[i] - '0'
		if digit > 9 {
			return false
		}
		value = value*10 + int(digit)
	}
	return value >= p.low && value <= p.high
}

// partial returns how many leading bytes of text the number accepts: as many as
// can be completed to a number within its bounds.
func (p *placeholder) partial(text string) int {
	value, scale := 0, power(p.width)
	for i := 0; i < p.width; i++ {
		if i >= len(text) || !classDigit.has(text[i]) {
			return i
		}
		scale /= 10
		value += int(text[i]-'0') * scale
		if value > p.high || value+scale-1 < p.low {
			return i
		}
	}
	return p.width
}

// power returns ten to the n-th.
func power(n int) int {
	scale := 1
	for range n {
		scale *= 10
	}
	return scale
}

// number returns the value of digits, with base.
func (p *placeholder) number(digits string) int {
	value := 0
	for i := 0; i < len(digits); i++ {
		value = value*10 + int(digits[i]-'0')
	}
	return p.base + value
}
