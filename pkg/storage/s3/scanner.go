package s3

import (
	"bytes"
	"net/url"
	"strings"

	"github.com/backmon/backmon/pkg/storage"
)

const (
	prolog   = `<?xml version="1.0" encoding="UTF-8"?>`
	rootOpen = `<ListBucketResult`
	rootEnd  = `</ListBucketResult>`
)

// scanner reads the XML of one page of ListObjectsV2 as servers write it. It is
// no XML parser: whatever it doesn't expect makes it give up, never guess, so that
// a page that it does read says just what the SDK would have read.
type scanner struct {
	cursor
	page  *page
	texts []byte // keys and ETags of the page, one after the other
	spans []span // of each entry
	seen  map[string]bool
	url   bool // keys are encoded
	ended bool // IsTruncated was there
}

// span says where an entry's texts are.
type span struct{ key, etag, end int }

// scan fills the page; false means that the page must be read by the SDK.
func (s *scanner) scan(body []byte, into *page) bool {
	*s = scanner{cursor: cursor{body: body, decoded: s.decoded[:0]}, page: into, texts: s.texts[:0], spans: s.spans[:0], seen: s.seen}
	if s.seen == nil {
		s.seen = make(map[string]bool)
	}
	clear(s.seen)
	*into = page{entries: into.entries[:0]}
	return s.root() && s.ended && s.finish()
}

func (s *scanner) root() bool {
	s.skip(prolog)
	s.space()
	if !s.skip(rootOpen) || !s.namespace() {
		return false
	}
	for {
		s.space()
		if s.skip(rootEnd) {
			s.space()
			return s.at == len(s.body)
		}
		name, empty, ok := s.open()
		if !ok || !s.child(name, empty) {
			return false
		}
	}
}

// namespace reads the rest of the root's tag: nothing, or xmlns="...".
func (s *scanner) namespace() bool {
	if s.skip(">") {
		return true
	}
	if !s.skip(` xmlns="`) {
		return false
	}
	name, ok := s.until('"')
	if !ok || len(name) == 0 || bytes.ContainsFunc(name, func(r rune) bool { return r < '!' || r > '~' || r == '<' || r == '&' }) {
		return false
	}
	return s.skip(`">`)
}

func (s *scanner) child(name []byte, empty bool) bool {
	if string(name) == "Contents" {
		return !empty && s.contents()
	}
	if s.seen[string(name)] { // the SDK's rules for repetitions are its own
		return false
	}
	s.seen[string(name)] = true
	value, ok := s.value(name, empty)
	return ok && s.setting(name, value)
}

func (s *scanner) setting(name, value []byte) bool {
	switch string(name) {
	case "IsTruncated":
		s.ended = true
		s.page.truncated = string(value) == "true"
		return s.page.truncated || string(value) == "false"
	case "NextContinuationToken":
		s.page.next = string(value)
	case "EncodingType":
		s.url = string(value) == "url"
	case "KeyCount", "MaxKeys":
		_, ok := number(value)
		return ok
	case "Name", "Prefix", "StartAfter", "Delimiter", "ContinuationToken":
	default:
		return false
	}
	return true
}

// contents reads one object.
func (s *scanner) contents() bool {
	object := object{}
	for {
		s.space()
		if s.skip("</Contents>") {
			s.add(&object)
			return true
		}
		name, empty, ok := s.open()
		if !ok {
			return false
		}
		if string(name) == "Owner" {
			ok = empty || s.owner()
		} else if value, found := s.value(name, empty); found {
			ok = object.set(name, value)
		} else {
			ok = false
		}
		if !ok {
			return false
		}
	}
}

// owner skips the names of an object's owner.
func (s *scanner) owner() bool {
	for {
		s.space()
		if s.skip("</Owner>") {
			return true
		}
		name, empty, ok := s.open()
		if !ok || string(name) != "ID" && string(name) != "DisplayName" {
			return false
		}
		if _, ok := s.value(name, empty); !ok {
			return false
		}
	}
}

func (s *scanner) add(o *object) {
	at := span{key: len(s.texts)}
	s.texts = append(s.texts, o.key...)
	at.etag = len(s.texts)
	s.texts = append(s.texts, o.etag...)
	at.end = len(s.texts)
	s.spans = append(s.spans, at)
	s.page.entries = append(s.page.entries, storage.Entry{Size: o.size, ModifiedAt: o.modifiedAt})
}

// finish gives the entries their texts, which are parts of a single string, and
// decodes the keys: only at the end is it certain whether they are encoded.
func (s *scanner) finish() bool {
	texts := string(s.texts)
	for i, at := range s.spans {
		key := texts[at.key:at.etag]
		if s.url && strings.ContainsAny(key, "%+") {
			decoded, err := url.QueryUnescape(key)
			if err != nil {
				return false
			}
			key = decoded
		}
		s.page.entries[i].Key = key
		s.page.entries[i].ETag = texts[at.etag:at.end]
	}
	return true
}
