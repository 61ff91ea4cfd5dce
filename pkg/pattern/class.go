package pattern

import "unicode/utf8"

// class is a set of bytes that a repeated placeholder accepts, as a bit in
// classes.
type class uint8

const (
	classDigit class = 1 << iota
	classLowerHex
	classUpperHex
	classWord
	classValue
	classAny
)

// wide are the classes that hold parts of multi-byte characters. They never end
// in the middle of one, so that no capture is half a character.
const wide = classValue | classAny

// classes tells for each byte to which classes it belongs.
//

var classes = buildClasses()

func buildClasses() (table [256]class) {
	mark := func(c class, low, high byte) {
		for b := int(low); b <= int(high); b++ {
			table[b] |= c
		}
	}
	mark(classDigit|classLowerHex|classUpperHex|classWord, '0', '9')
	mark(classLowerHex, 'a', 'f')
	mark(classUpperHex, 'A', 'F')
	mark(classWord, 'a', 'z')
	mark(classWord, 'A', 'Z')
	mark(classWord, '_', '_')
	mark(classValue|classAny, 0, 255)
	for _, b := range []byte(`./\`) {
		table[b] &^= classValue
	}
	table['/'] &^= classAny
	return table
}

// has reports whether b belongs to the class.
func (c class) has(b byte) bool { return classes[b]&c != 0 }

// endsAt reports whether a run of the class may end before name[pos].
func (c class) endsAt(name string, pos int) bool {
	return c&wide == 0 || pos == len(name) || utf8.RuneStart(name[pos])
}
