package definition

import (
	"fmt"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

const (
	keyQuota       = "quota"
	keyDirectories = "directories"
)

// parser reads one file. It remembers what is costly to make and often the same.
type parser struct {
	zones        map[string]*time.Location
	unknownZones map[string]error
	schedules    map[scheduleKey]parsedSchedule
	refused      bool // the file can't be used as a whole
}

func newParser() *parser {
	return &parser{
		zones:        map[string]*time.Location{},
		unknownZones: map[string]error{},
		schedules:    map[scheduleKey]parsedSchedule{},
	}
}

// failure returns the first error if the file was refused.
func (p *parser) failure(problems []backup.Problem) error {
	for _, problem := range problems {
		if p.refused && problem.Level == backup.Error {
			return problem
		}
	}
	return nil
}

// refuse records why the file can't be used as a whole.
func (p *parser) refuse(at document.Node, message, hint string) bool {
	at.Problem(backup.Error, message, hint)
	p.refused = true
	return false
}

// file reads the whole file into d, and reports whether it can be used.
func (p *parser) file(root document.Node, d *backup.Definition) bool {
	if !root.Exists() {
		return p.refuse(root, "the file is empty", `describe the backups under the key "directories"`)
	}
	if !root.IsMap() {
		return p.refuse(root, "expected a map with the keys quota and directories", "")
	}
	if keys := olderLayout(root); keys != nil {
		p.older(root, keys, d)
		return true
	}
	root.Map(backup.Warning, keyQuota, keyDirectories)
	d.Quota = readQuota(root.Get(keyQuota))
	return p.current(root, d)
}

// current reads the directories of the present layout.
func (p *parser) current(root document.Node, d *backup.Definition) bool {
	directories := root.Get(keyDirectories)
	switch {
	case directories.HasErrors(): // given twice
		p.refused = true
		return false
	case directories.IsMap():
		d.Directories = p.directories(directories, directories.Keys())
	case directories.Exists():
		return p.refuse(directories, `"directories" is not a map`, "write one key for each folder pattern")
	case hasUnknown(root):
		return p.refuse(root, `there is no key "directories"`, "describe the backups under it")
	}
	if len(d.Directories) == 0 {
		// A file that was cut short must not end all series.
		return p.refuse(directories, "no directories: nothing would be watched on this disk", "describe the backups, or leave the disk alone with .backmonignore")
	}
	return true
}

func readQuota(node document.Node) int64 {
	if !bounded(node) {
		return 0
	}
	size := node.Size()
	if node.HasErrors() {
		return 0
	}
	return size
}

// hasUnknown reports whether there are keys that may have been meant for
// "directories".
func hasUnknown(root document.Node) bool {
	for _, key := range root.Keys() {
		if name := key.String(); name != keyQuota && name != keyDirectories {
			return true
		}
	}
	return false
}

// olderLayout returns the keys of the directories if they stand at the top of the
// file, as they did until upstream's version 3; else nil.
func olderLayout(root document.Node) []document.Node {
	if root.Get(keyDirectories).Exists() {
		return nil
	}
	var keys []document.Node
	found := false
	for _, key := range root.Keys() {
		if value := root.Get(key.String()); value.IsMap() {
			keys = append(keys, key)
			found = found || isDirectory(value)
		}
	}
	if !found {
		return nil
	}
	return keys
}

// isDirectory reports whether a map has a key that only directories have.
func isDirectory(value document.Node) bool {
	for _, key := range []string{keyFiles, keyDefaults, keyFuse} {
		if value.Get(key).Exists() {
			return true
		}
	}
	return false
}

// older reads the layout with the directories at the top.
func (p *parser) older(root document.Node, keys []document.Node, d *backup.Definition) {
	keys[0].Problem(backup.Warning, fmt.Sprintf("older layout: the directory %q stands at the top of the file", keys[0].Source()),
		`write the line "directories:" above the directories and indent them by two spaces`)
	for _, key := range root.Keys() {
		switch value := root.Get(key.String()); {
		case value.IsMap(): // a directory
		case key.String() == keyQuota:
			d.Quota = readQuota(value)
		default:
			key.Problem(backup.Warning, fmt.Sprintf("unknown key %q", key.Source()), "a directory is a map with the key files")
		}
	}
	d.Directories = p.directories(root, keys)
}
