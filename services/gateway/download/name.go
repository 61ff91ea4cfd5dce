package download

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// disposition is the Content-Disposition of RFC 6266 for a file of that key: what a
// browser saves it as. Whatever the key holds, the header is printable ASCII, and
// the name has no path, no control character and no mark that turns the direction
// of what is shown.
func disposition(key string) string {
	name := clean(key[strings.LastIndexByte(key, '/')+1:])
	plain := asciiOnly(name)
	header := `attachment; filename="` + plain + `"`
	if plain != name {
		header += "; filename*=UTF-8''" + percent(name)
	}
	return header
}

// clean puts "_" in the place of what a file name must not have.
func clean(name string) string {
	var b strings.Builder
	for i, r := range name {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(name[i:], "\uFFFD"), r == '\\', !unicode.IsPrint(r):
			b.WriteByte('_')
		default:
			b.WriteRune(r)
		}
	}
	if strings.Trim(b.String(), ".") == "" {
		return "file"
	}
	return b.String()
}

// asciiOnly is what programs save that don't know filename*. Quotes and percent
// signs are left out as well: not all read them alike.
func asciiOnly(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' || r == '%' {
			return '_'
		}
		return r
	}, name)
}

// percent escapes all but the attr-char of RFC 8187.
func percent(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}
