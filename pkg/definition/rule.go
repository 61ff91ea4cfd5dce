package definition

import (
	"fmt"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
	"github.com/backmon/backmon/pkg/pattern"
)

// rules reads the files of a directory, whose pattern is nil if it is broken.
func (p *parser) rules(directory document.Node, parsed *pattern.Directory, value document.Node) []*backup.Rule {
	defaults := newSection(value.Get(keyDefaults))
	(&ruleReader{parser: p, settings: settings{own: defaults}}).read(&backup.Rule{})
	files := value.Get(keyFiles)
	keys := files.Keys()
	if len(keys) == 0 && (!value.Exists() || value.IsMap()) && (!files.Exists() || files.IsMap()) {
		directory.Problem(backup.Warning, fmt.Sprintf("directory %q has no files: nothing in it is watched", directory.Source()), "")
	}
	names := newNames("file")
	rules := make([]*backup.Rule, len(keys))
	for i, key := range keys {
		rules[i] = p.rule(key, files.Get(key.String()), parsed, defaults, names)
	}
	return rules
}

func (p *parser) rule(key, value document.Node, directory *pattern.Directory, defaults section, names *names) *backup.Rule {
	line, _ := key.Position()
	r := &backup.Rule{Text: key.String(), Alias: key.String(), Line: line, Broken: true}
	r.Pattern = filePattern(key, directory)
	normal := ""
	if r.Pattern != nil {
		normal = r.Pattern.String()
	}
	name, sound := names.claim(key, value.Get(keyAlias), normal)
	r.Alias = name
	reader := &ruleReader{parser: p, settings: settings{own: newSection(value, keyAlias), inherited: defaults}}
	reader.read(r)
	agrees := reader.sizesAgree(r) && reader.labelsFit(r)
	wellFormed := !value.Exists() || value.IsMap()
	if sound && agrees && wellFormed && reader.sound() && r.Pattern != nil {
		r.Broken = false
	}
	return r
}

// filePattern returns the pattern that a key holds, nil if it is bad or the
// directory's is: it may refer to variables of that.
func filePattern(key document.Node, directory *pattern.Directory) *pattern.File {
	if directory == nil {
		return nil
	}
	parsed, err := directory.ParseFile(key.String())
	patternProblems(key, err)
	return parsed
}

// ruleReader reads the settings of one file.
type ruleReader struct {
	*parser
	settings
}

// read fills in the settings. What is bad has its default then, and sound says so.
func (r *ruleReader) read(rule *backup.Rule) {
	rule.Location = r.location()
	rule.Schedule = r.schedule(rule.Location)
	rule.Sort = value(r.settings, "sort", readSort, backup.SortInterpolation)
	rule.Grace = r.duration("grace", backup.DefaultGrace)
	rule.Early = r.duration("early", backup.DefaultEarly)
	rule.MinSize = r.size("min-size")
	rule.MaxSize = r.size("max-size")
	rule.MaxShrink = value(r.settings, "max-shrink", readShrink, backup.DefaultMaxShrink)
	rule.MaxGrow = value(r.settings, "max-grow", document.Node.Ratio, backup.DefaultMaxGrow)
	rule.MinCount = r.count("min-count")
	rule.MaxDuration = r.span("max-duration")
	rule.Retention = r.retention()
	rule.Labels = r.labels()
	r.check()
}

func (r *ruleReader) retention() backup.Retention {
	return backup.Retention{
		Purge: value(r.settings, "purge", document.Node.Bool, false),
		Count: r.count("retention-count"),
		Age:   r.span("retention-age"),
		Keep: backup.Keep{
			Last:    r.count("keep-last"),
			Hourly:  r.count("keep-hourly"),
			Daily:   r.count("keep-daily"),
			Weekly:  r.count("keep-weekly"),
			Monthly: r.count("keep-monthly"),
			Yearly:  r.count("keep-yearly"),
			Within:  r.span("keep-within"),
		},
	}.WithDefaults()
}

// sizesAgree checks that a size can be within both bounds. The problem stands at
// the bound that the file gives itself.
func (r *ruleReader) sizesAgree(rule *backup.Rule) bool {
	if rule.MaxSize == 0 || rule.MinSize <= rule.MaxSize {
		return true
	}
	least, most := r.node("min-size"), r.node("max-size")
	at := most
	if _, given := r.own.given["max-size"]; !given {
		at = least
	}
	at.Problem(backup.Error, fmt.Sprintf("min-size %s is larger than max-size %s", least.Source(), most.Source()), "")
	return false
}

func readSort(n document.Node) backup.Sort {
	if n.IsScalar() && n.Source() == "" {
		return backup.SortInterpolation
	}
	order, _ := backup.ParseSort(n.OneOf(backup.Warning, backup.SortNames()...))
	return order
}

func readShrink(n document.Node) float64 {
	ratio := n.Ratio()
	if ratio > 1 {
		n.Problem(backup.Error, fmt.Sprintf("max-shrink %q is more than 100%%: no file shrinks by more", n.Source()), "")
	}
	return ratio
}
