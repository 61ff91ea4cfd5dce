package backup

import (
	"slices"
	"strings"

	"github.com/backmon/backmon/pkg/pattern"
)

// Plan is a definition made ready for matching. It is immutable, so that any
// number of evaluations may share it.
type Plan struct {
	definition  *Definition
	directories []plannedDirectory
	set         *pattern.Set
}

// plannedDirectory is a sound directory with its sound rules; the indexes are
// those that the pattern set reports.
type plannedDirectory struct {
	directory *Directory
	rules     []*Rule
}

// NewPlan compiles what is sound in a definition; broken directories and rules
// match nothing.
func NewPlan(d *Definition) *Plan {
	p := &Plan{definition: d}
	var patterns []pattern.Rules
	for _, dir := range d.Directories {
		if dir.Broken {
			continue
		}
		planned := plannedDirectory{directory: dir}
		compiled := pattern.Rules{Directory: dir.Pattern}
		for _, rule := range dir.Rules {
			if !rule.Broken {
				planned.rules = append(planned.rules, rule)
				compiled.Files = append(compiled.Files, rule.Pattern)
			}
		}
		p.directories = append(p.directories, planned)
		patterns = append(patterns, compiled)
	}
	p.set = pattern.NewSet(patterns)
	return p
}

// Definition returns what the plan was made from.
func (p *Plan) Definition() *Definition { return p.definition }

// Set returns the compiled patterns: for their prefixes, and to explain keys.
func (p *Plan) Set() *pattern.Set { return p.set }

// Rule returns the directory and rule of a hit that Set's matcher reported.
func (p *Plan) Rule(directory, file int) (*Directory, *Rule) {
	d := p.directories[directory]
	return d.directory, d.rules[file]
}

// canExist reports whether files of a directory may still form the group: false
// for one that only an earlier pattern could. A fused group holds placeholders or
// variables as written and is given the benefit of the doubt.
func (p *Plan) canExist(directory int, group string) bool {
	path := group + "/"
	if group == "." {
		path = ""
	}
	return strings.ContainsAny(group, "%{") || slices.ContainsFunc(p.set.Matcher().Match(path).Groups, func(g *pattern.Group) bool {
		return g.Directory == directory && g.Name == group
	})
}

// Nearest returns the directory and rule of what Set's Nearest reported; the rule
// is nil where file is negative.
func (p *Plan) Nearest(directory, file int) (*Directory, *Rule) {
	if file < 0 {
		return p.directories[directory].directory, nil
	}
	return p.Rule(directory, file)
}

// defines reports whether a sound rule has the series' names.
func (p *Plan) defines(id SeriesID) bool {
	for _, d := range p.directories {
		if d.directory.Alias == id.Directory && slices.ContainsFunc(d.rules, func(r *Rule) bool { return r.Alias == id.File }) {
			return true
		}
	}
	return false
}

// GroupPrefix returns the longest prefix that the keys of a group's files are
// known to have. Fused variables stand in a group's label as they are written, so
// it ends before the first character that may begin one.
func GroupPrefix(group string) string {
	if group == "." {
		return ""
	}
	prefix := group + "/"
	if at := strings.IndexAny(prefix, "%{"); at >= 0 {
		prefix = prefix[:strings.LastIndexByte(prefix[:at], '/')+1]
	}
	return prefix
}
