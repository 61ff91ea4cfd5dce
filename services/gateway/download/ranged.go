package download

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/backmon/backmon/pkg/storage"
)

// ranged reads a Range header for a file of that size. Several ranges at once, and
// what can't be read, are answered with the whole file, as RFC 9110 allows; so is
// any range of an empty file, which some clients ask for with every request.
func ranged(headers []string, size int64) (status int, part storage.Part) {
	if len(headers) != 1 || size == 0 {
		return http.StatusOK, part
	}
	unit, set, _ := strings.Cut(headers[0], "=")
	from, to, isRange := strings.Cut(strings.Trim(set, " \t"), "-")
	if !strings.EqualFold(unit, "bytes") || !isRange {
		return http.StatusOK, part
	}
	part, valid := span(from, to, size)
	switch {
	case !valid:
		return http.StatusOK, storage.Part{}
	case part.Length == 0:
		return http.StatusRequestedRangeNotSatisfiable, storage.Part{}
	}
	return http.StatusPartialContent, part
}

// span is the range from-to as a part; without a length if nothing is in it.
func span(from, to string, size int64) (part storage.Part, valid bool) {
	if from == "" {
		last, ok := position(to)
		last = min(last, size)
		return storage.Part{Offset: size - last, Length: last}, ok
	}
	first, ok := position(from)
	if !ok {
		return part, false
	}
	last := size - 1
	if to != "" {
		if last, ok = position(to); !ok || last < first {
			return part, false
		}
		last = min(last, size-1)
	}
	if first >= size {
		return part, true
	}
	return storage.Part{Offset: first, Length: last - first + 1}, true
}

// position reads digits, and nothing else; numbers beyond all sizes are the largest.
func position(text string) (int64, bool) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 1<<63 - 1, true
	}
	return n, true
}
