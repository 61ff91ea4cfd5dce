// Package definition reads backup_definitions.yaml: bytes in, a
// backup.Definition and every problem of the file out.
//
// It knows the file's keys, their defaults and how they are inherited, and what
// each problem stops. What the values mean is known by packages pattern,
// schedule and backup; how YAML is read, by package document. It fetches no file
// and judges no backup.
//
// # What a problem stops
//
// A file that can't be read as a whole is an error of Parse: no rule of it is
// known. Otherwise an error stops the rule, the directory or the quota that it
// stands in; rules and directories that are stopped are in the Definition, with
// Broken set, so that their series can be reported as UNKNOWN. A warning (an
// unknown key, an unknown value of "sort", the older layout, a directory without
// files) stops nothing.
//
// # Inheritance
//
// A file rule has the settings of its directory's "defaults", key by key, except
// for those that it gives itself. Labels are merged. A key without a value
// ("schedule:") takes back what defaults say. An error in defaults stops the
// rules that inherit the bad value, and is said once.
//
// # Duplicates
//
// Two directories must not have the same alias or the same pattern, nor must two
// files of one directory. The first keeps what it has; the second one is broken.
// If the alias is what they share, the second is called by its pattern and line,
// so that it can't be taken for the first.
package definition

import (
	"math"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

// DefaultFile is the name of the definitions file in a disk, if the
// configuration names no other.
const DefaultFile = "backup_definitions.yaml"

// Options says how to read a definitions file. The zero value is usable.
type Options struct {
	// File is the name that problems carry; DefaultFile if empty.
	File string
	// MaxBytes is the largest size that is read; 1 MiB if it is not above 0.
	MaxBytes int64
}

func (o Options) document() document.Options {
	read := document.Options{File: o.File, Excerpts: true}
	if read.File == "" {
		read.File = DefaultFile
	}
	if o.MaxBytes > 0 {
		read.MaxBytes = int(min(o.MaxBytes, math.MaxInt))
	}
	return read
}

// Parse reads a definitions file. The Definition is never nil: what is sound in
// it can be used, its Problems say what is not.
//
// The error is set if the file can't be read as a whole: it is too large, not
// YAML, not a map, would grow beyond measure, or has no directories but keys that
// nobody knows. It is a backup.Problem and is among Problems, too. The Definition
// then has no directories, which doesn't mean that there should be none.
func Parse(data []byte, opts Options) (*backup.Definition, error) {
	doc, unreadable := document.Parse(data, opts.document())
	if len(unreadable) > 0 {
		return &backup.Definition{Problems: unreadable}, unreadable[0]
	}
	p := newParser()
	result := &backup.Definition{}
	if !p.file(doc.Root(), result) {
		result = &backup.Definition{}
	}
	result.Problems = doc.Problems()
	return result, p.failure(result.Problems)
}
