package definition

import (
	"errors"
	"fmt"
	"slices"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
	"github.com/backmon/backmon/pkg/pattern"
)

// Keys of a directory. A file has the first one, too.
const (
	keyAlias    = "alias"
	keyFuse     = "fuse"
	keyDefaults = "defaults"
	keyFiles    = "files"
)

// directories reads the entries of a map that the keys belong to.
func (p *parser) directories(parent document.Node, keys []document.Node) []*backup.Directory {
	directories := make([]*backup.Directory, len(keys))
	names := newNames("directory")
	for i, key := range keys {
		directories[i] = p.directory(key, parent.Get(key.String()), names)
	}
	return directories
}

func (p *parser) directory(key, value document.Node, names *names) *backup.Directory {
	line, _ := key.Position()
	d := &backup.Directory{Text: key.String(), Alias: key.String(), Line: line, Broken: true}
	parsed, err := pattern.ParseDirectory(d.Text)
	patternProblems(key, err)
	name, sound := names.claim(key, value.Get(keyAlias), canonical(parsed))
	d.Alias = name
	wellFormed := !value.Exists() || value.AnyMap()
	knownKeys(value)
	for _, key := range []string{keyDefaults, keyFiles} {
		wellFormed = isMap(value.Get(key)) && wellFormed
	}
	fused := parsed != nil && fuse(parsed, value.Get(keyFuse))
	d.Rules = p.rules(key, parsed, value)
	if sound && wellFormed && fused {
		d.Pattern, d.Broken = parsed, false
	}
	return d
}

// isMap checks that a value is a map or nothing at all, and not given twice. It is
// to be called before anything below is read.
func isMap(value document.Node) bool {
	return !value.HasErrors() && (!value.Exists() || value.AnyMap())
}

// knownKeys records unknown keys of a directory. Settings of files get a hint of
// their own.
func knownKeys(value document.Node) {
	if !value.IsMap() {
		return
	}
	settings := settingKeys()
	for _, key := range value.Keys() {
		if slices.Contains(settings, key.String()) {
			key.Problem(backup.Warning, fmt.Sprintf("%q means nothing here", key.Source()), `move it into "defaults" or to a file`)
		}
	}
	value.Map(backup.Warning, append([]string{keyAlias, keyFuse, keyDefaults, keyFiles}, settings...)...)
}

// canonical returns the normalised pattern, or "" for a broken one.
func canonical(parsed *pattern.Directory) string {
	if parsed == nil {
		return ""
	}
	return parsed.String()
}

// fuse applies the key "fuse", and reports whether all of it is sound.
func fuse(d *pattern.Directory, node document.Node) bool {
	names := []document.Node{node}
	if !node.IsScalar() {
		names = node.Items()
	}
	for _, name := range names {
		if !name.Exists() || !bounded(name) {
			continue
		}
		if err := d.Fuse([]string{name.String()}); err != nil {
			patternProblems(name, err)
		}
	}
	return !node.HasErrors()
}

// patternProblems records what is wrong with the pattern that a node holds. All
// errors of package pattern are pattern.Errors.
func patternProblems(at document.Node, err error) {
	var problems pattern.Errors
	errors.As(err, &problems)
	for _, p := range problems {
		at.ProblemAt(backup.Error, p.Column, p.Message, p.Hint)
	}
}
