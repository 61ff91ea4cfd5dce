package s3

import (
	"bytes"
	"time"
)

// object is one object of a page while it is scanned.
type object struct {
	key, etag  []byte
	size       int64
	modifiedAt time.Time

	hasKey, hasETag, hasSize, hasTime bool
}

// set takes the value of one of the object's elements; false means that it, or
// its second coming, wasn't expected.
func (o *object) set(name, value []byte) bool {
	switch string(name) {
	case "Key":
		o.key = value
		return first(&o.hasKey)
	case "ETag":
		o.etag = bytes.Trim(value, `"`)
		return first(&o.hasETag)
	case "Size":
		var ok bool
		o.size, ok = number(value)
		return ok && first(&o.hasSize)
	case "LastModified":
		var ok bool
		o.modifiedAt, ok = moment(value)
		return ok && first(&o.hasTime)
	case "StorageClass", "ChecksumType":
		return true
	}
	return false
}

func first(seen *bool) bool {
	was := *seen
	*seen = true
	return !was
}

// number reads up to 9 quintillion in plain digits.
func number(text []byte) (int64, bool) {
	if len(text) == 0 || len(text) > 18 {
		return 0, false
	}
	n := int64(0)
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// moment reads 2006-01-02T15:04:05Z, with up to nine digits of a fraction.
func moment(text []byte) (time.Time, bool) {
	const pattern = "0000-00-00T00:00:00"
	if len(text) <= len(pattern) || text[len(text)-1] != 'Z' || !fits(text, pattern) {
		return time.Time{}, false
	}
	nanos, ok := fraction(text[len(pattern) : len(text)-1])
	if !ok {
		return time.Time{}, false
	}
	part := func(from, to int) int { n, _ := number(text[from:to]); return int(n) }
	year, month, day := part(0, 4), part(5, 7), part(8, 10)
	hour, minute, second := part(11, 13), part(14, 16), part(17, 19)
	at := time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	// time.Date turns the 31st of February into a day of March: no such guess here.
	return at, at.Day() == day && at.Month() == time.Month(month) && hour < 24 && minute < 60 && second < 60
}

func fits(text []byte, pattern string) bool {
	for i := range len(pattern) {
		isDigit := text[i] >= '0' && text[i] <= '9'
		if pattern[i] == '0' && !isDigit || pattern[i] != '0' && text[i] != pattern[i] {
			return false
		}
	}
	return true
}

// fraction reads "" or ".123" as nanoseconds.
func fraction(text []byte) (int, bool) {
	if len(text) == 0 {
		return 0, true
	}
	if text[0] != '.' || len(text) > 10 {
		return 0, false
	}
	n, ok := number(text[1:])
	for range 10 - len(text) {
		n *= 10
	}
	return int(n), ok
}
