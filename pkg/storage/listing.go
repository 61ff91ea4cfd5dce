package storage

import "strings"

// Has tells whether the key is in the range.
func (l Listing) Has(key string) bool {
	return key > l.After && (l.Until == "" || key <= l.Until) && strings.HasPrefix(key, l.Prefix)
}

// MayHold tells whether any key that begins with the prefix can be in the range.
func (l Listing) MayHold(prefix string) bool {
	if !strings.HasPrefix(prefix, l.Prefix) && !strings.HasPrefix(l.Prefix, prefix) {
		return false
	}
	if l.Until != "" && prefix > l.Until {
		return false
	}
	return prefix > l.After || strings.HasPrefix(l.After, prefix)
}
