// Package link writes and reads the paths of the gateway's page, so that who
// sends people there need not know them. Names may be any bytes; the paths that
// are made of them pass through browsers and proxies as they are, which "%2F",
// "%2E" and "//" don't. It knows no host: that is configured.
package link

import (
	"fmt"
	"strings"

	"github.com/backmon/backmon/pkg/backup"
)

// Series is the path of a series' page.
func Series(id backup.SeriesID) string {
	return path("series", id.Environment, id.Disk, id.Directory, id.File, id.Group)
}

// Disk is the path of a disk's page.
func Disk(environment, disk string) string { return path("disks", environment, disk) }

func path(kind string, names ...string) string {
	var b strings.Builder
	b.WriteString("/" + kind)
	for _, name := range names {
		b.WriteString("/" + Segment(name))
	}
	return b.String()
}

const upperHex = "0123456789ABCDEF"

// Segment writes a name as one segment of a path. Letters, digits and "-._~" stay
// as they are, but for a dot at the beginning; other bytes of UTF-8 letters are
// written as "%HH", which browsers show as the letter, and all else as "=HH". The
// empty name is "=".
func Segment(name string) string {
	if name == "" {
		return "="
	}
	var b strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case unreserved(c) && (c != '.' || i > 0):
			b.WriteByte(c)
		case c >= 0x80:
			escape(&b, '%', c)
		default:
			escape(&b, '=', c)
		}
	}
	return b.String()
}

func escape(b *strings.Builder, mark, c byte) {
	b.WriteByte(mark)
	b.WriteByte(upperHex[c>>4])
	b.WriteByte(upperHex[c&0xF])
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// Name reads a segment, of which a server has undone "%HH" already.
func Name(segment string) (string, error) {
	if segment == "=" {
		return "", nil
	}
	var b strings.Builder
	for i := 0; i < len(segment); i++ {
		c := segment[i]
		if c == '=' {
			if i+2 >= len(segment) || !isHex(segment[i+1]) || !isHex(segment[i+2]) {
				return "", fmt.Errorf("read path segment %q: \"=\" without two hexadecimal digits", segment)
			}
			c = value(segment[i+1])<<4 | value(segment[i+2])
			i += 2
		}
		b.WriteByte(c)
	}
	return b.String(), nil
}

func isHex(c byte) bool { return strings.IndexByte(upperHex, c) >= 0 }

func value(c byte) byte { return byte(strings.IndexByte(upperHex, c)) }
