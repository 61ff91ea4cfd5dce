package bus

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// MaxTokenLength is the most bytes that one encoded subject token has.
const MaxTokenLength = 64

const (
	// emptyToken stands for the empty name: a subject has no empty tokens.
	emptyToken = "="
	// hashMark begins the hash of a shortened token. An escape is "=" and two
	// hexadecimal digits, so the mark can't be taken for one.
	hashMark = "=-"
	// hashDigits are 96 bits: no two names of one installation share them, not
	// even when somebody tries.
	hashDigits = 24
	upperHex   = "0123456789ABCDEF"
)

// ErrShortened says that a token's end was replaced by a hash: the name can't
// be read from it and must be taken from the message.
var ErrShortened = errors.New("name was shortened")

// EncodeToken makes one subject token of any name. The bytes A-Z, a-z, 0-9, "_"
// and "-" stay as they are, any other byte becomes "=HH", and the empty name is
// "=". A result of over MaxTokenLength bytes is cut, never within an escape,
// and ends in "=-" and 24 digits of the name's SHA-256. Different names have
// different tokens.
func EncodeToken(name string) string {
	if name == "" {
		return emptyToken
	}
	var b strings.Builder
	cut := 0
	for i := range len(name) {
		if b.Len() <= MaxTokenLength-len(hashMark)-hashDigits {
			cut = b.Len()
		}
		writeEscaped(&b, name[i])
		if b.Len() > MaxTokenLength {
			return b.String()[:cut] + hashMark + digest(name)
		}
	}
	return b.String()
}

func writeEscaped(b *strings.Builder, c byte) {
	if isPlain(c) {
		b.WriteByte(c)
		return
	}
	b.WriteByte('=')
	b.WriteByte(upperHex[c>>4])
	b.WriteByte(upperHex[c&0xF])
}

func isPlain(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}

func digest(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])[:hashDigits]
}

// DecodeToken returns the name that EncodeToken made a token of. The error is
// ErrShortened when the token ends in a hash; then the name's beginning is
// returned beside it.
func DecodeToken(token string) (string, error) {
	if token == emptyToken {
		return "", nil
	}
	text, _, shortened := strings.Cut(token, hashMark)
	name, err := unescape(text)
	if err != nil {
		return "", fmt.Errorf("token %q: %w", token, err)
	}
	if shortened {
		return name, ErrShortened
	}
	return name, nil
}

func unescape(text string) (string, error) {
	if text == "" {
		return "", errors.New("is empty")
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '=' {
			if !isPlain(text[i]) {
				return "", fmt.Errorf("byte %q is not escaped", text[i])
			}
			b.WriteByte(text[i])
			continue
		}
		c, ok := unescapeByte(text[i+1:])
		if !ok {
			return "", fmt.Errorf("%q is no escape", text[i:min(i+3, len(text))])
		}
		b.WriteByte(c)
		i += 2
	}
	return b.String(), nil
}

// unescapeByte reads the two digits at the beginning of text. An escape of a
// plain byte is refused, so that each name has one spelling only.
func unescapeByte(text string) (byte, bool) {
	if len(text) < 2 {
		return 0, false
	}
	high := strings.IndexByte(upperHex, text[0])
	low := strings.IndexByte(upperHex, text[1])
	if high < 0 || low < 0 {
		return 0, false
	}
	c := byte(high<<4 | low)
	return c, !isPlain(c)
}
