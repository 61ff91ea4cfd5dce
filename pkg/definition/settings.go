package definition

import (
	"fmt"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

// keyLabels is the one setting that is merged instead of overridden.
const keyLabels = "labels"

// settingKeys lists the keys that both "defaults" and files have.
func settingKeys() []string {
	return []string{
		"schedule", "timezone", "grace", "early", "sort",
		"min-size", "max-size", "max-shrink", "max-grow", "min-count", "max-duration",
		"purge", "retention-count", "retention-age",
		"keep-last", "keep-hourly", "keep-daily", "keep-weekly", "keep-monthly", "keep-yearly", "keep-within",
		keyLabels,
	}
}

const (
	maxCount  = 1_000_000 // of files, in any key that counts them
	maxScalar = 1024      // bytes of a value
)

// section is "defaults" or what stands below a file.
type section struct {
	given map[string]document.Node // null values, too: they take back defaults
	bad   map[string]bool          // keys with an error
}

// newSection lists what a map gives. Unknown keys are recorded.
func newSection(node document.Node, extraKeys ...string) section {
	s := section{given: map[string]document.Node{}, bad: map[string]bool{}}
	node.Map(backup.Warning, append(extraKeys, settingKeys()...)...)
	for _, key := range node.Keys() {
		s.given[key.String()] = node.Get(key.String())
	}
	return s
}

// settings gives the values that hold for one file: its own, else those of
// "defaults", else what the program has.
type settings struct {
	own, inherited section
}

// node returns where the value of a key stands; it is absent if nobody gives it.
func (s settings) node(key string) document.Node {
	if own, given := s.own.given[key]; given {
		return own
	}
	return s.inherited.given[key]
}

// check marks the own keys that have errors. It is called once they were read.
func (s settings) check() {
	for key, node := range s.own.given {
		if node.HasErrors() {
			s.own.bad[key] = true
		}
	}
}

// sound reports whether no value that holds has an error.
func (s settings) sound() bool {
	for key := range s.inherited.bad {
		if s.inherits(key) {
			return false
		}
	}
	return len(s.own.bad) == 0
}

// inherits reports whether what defaults say of a key has a meaning for the file.
func (s settings) inherits(key string) bool {
	own, given := s.own.given[key]
	return !given || key == keyLabels && own.Exists()
}

// value reads a key with one of document.Node's methods. If there is no value it
// returns the fallback.
func value[T any](s settings, key string, read func(document.Node) T, fallback T) T {
	node := s.node(key)
	if !node.Exists() || !bounded(node) {
		return fallback
	}
	return read(node)
}

// bounded checks that a value is not so long that messages about it would hide
// what they say.
func bounded(node document.Node) bool {
	if size := len(node.Source()); size > maxScalar {
		node.Problem(backup.Error, fmt.Sprintf("a value of %d bytes, at most %d are allowed", size, maxScalar), "")
		return false
	}
	return true
}

func (s settings) duration(key string, fallback time.Duration) time.Duration {
	return value(s, key, document.Node.Duration, fallback)
}

func (s settings) size(key string) int64 {
	return value(s, key, document.Node.Size, 0)
}

func (s settings) count(key string) int {
	return value(s, key, func(n document.Node) int { return int(n.Int(0, maxCount)) }, 0)
}

// span reads a duration that makes no sense as 0.
func (s settings) span(key string) time.Duration {
	return value(s, key, func(n document.Node) time.Duration {
		d := n.Duration()
		if d == 0 && !n.HasErrors() {
			n.Problem(backup.Error, fmt.Sprintf("%s must be longer than 0", key), "leave the key out if nothing is meant")
		}
		return d
	}, 0)
}
