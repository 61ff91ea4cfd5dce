package pattern

import (
	"math/bits"
	"strings"
	"time"
)

// Parts is a set of the parts of a point in time.
type Parts uint8

// The parts of a point in time that names can give.
const (
	Year Parts = 1 << iota
	Month
	Day
	Hour
	Minute
	Second

	// AllParts is the set of all parts: nothing is left to the modification time.
	AllParts = Year | Month | Day | Hour | Minute | Second
)

// Has reports whether p holds every part of q.
func (p Parts) Has(q Parts) bool { return p&q == q }

// String returns the names of the parts, joined by "|"; "none" for the empty set.
func (p Parts) String() string {
	names := [...]string{"year", "month", "day", "hour", "minute", "second"}
	var held []string
	for i, name := range names {
		if p.Has(1 << i) {
			held = append(held, name)
		}
	}
	if len(held) == 0 {
		return "none"
	}
	return strings.Join(held, "|")
}

// Timestamp is the time parts read from names: any of year, month, day, hour,
// minute and second. The zero value holds none. It is comparable.
type Timestamp struct {
	values [6]uint16 // in the order of the parts' bits
	parts  Parts
}

// Parts returns which parts t holds.
func (t Timestamp) Parts() Parts { return t.parts }

// With returns t with one part set to value, as if a name had given it. Values
// are not checked: 31 is a day of February until Time makes it one of March.
// More than one part, or none, leaves t as it is.
func (t Timestamp) With(part Parts, value int) Timestamp {
	if AllParts.Has(part) && bits.OnesCount8(uint8(part)) == 1 {
		t.set(part, value)
	}
	return t
}

// set is With in place, for one part that is known to be one.
func (t *Timestamp) set(part Parts, value int) {
	t.values[part.index()] = uint16(value)
	t.parts |= part
}

// index is where the value of one part is held.
func (p Parts) index() int { return bits.TrailingZeros8(uint8(p)) }

// under returns t completed by the parts of base that t doesn't hold.
func (t Timestamp) under(base Timestamp) Timestamp {
	for missing := base.parts &^ t.parts; missing != 0; missing &= missing - 1 {
		i := missing.index()
		t.values[i] = base.values[i]
	}
	t.parts |= base.parts
	return t
}

// Time returns the point in time that t means in loc (UTC if nil), in whole
// seconds. Parts that t doesn't hold come from missing, seen in loc. A day from
// missing that the month doesn't have becomes the month's last; a day that t
// itself holds is taken at its word, as time.Date does: 2026-02-31 is March 3rd.
func (t Timestamp) Time(missing time.Time, loc *time.Location) time.Time {
	if loc == nil {
		loc = time.UTC
	}
	missing = missing.In(loc)
	year := t.or(Year, missing.Year())
	month := time.Month(t.or(Month, int(missing.Month())))
	day := t.or(Day, min(missing.Day(), daysIn(year, month)))
	return time.Date(year, month, day,
		t.or(Hour, missing.Hour()), t.or(Minute, missing.Minute()), t.or(Second, missing.Second()), 0, loc)
}

// or returns one part's value, or missing if t doesn't hold it.
func (t Timestamp) or(part Parts, missing int) int {
	if t.parts.Has(part) {
		return int(t.values[part.index()])
	}
	return missing
}

// daysIn returns the number of days of a month.
func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
