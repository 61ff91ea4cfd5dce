package config

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

// Disks says which of an environment's disks are watched.
type Disks struct {
	Include   Selection
	Exclude   Selection
	AllOthers bool // whether those are watched that both or none select
}

// Selection is a list of names and regular expressions.
type Selection struct {
	Names       []string
	Expressions []*regexp.Regexp // "/.../" in the file; they match anywhere in a name
}

// Selects reports whether a name is in the list or matches an expression.
func (s Selection) Selects(name string) bool {
	return slices.Contains(s.Names, name) ||
		slices.ContainsFunc(s.Expressions, func(e *regexp.Regexp) bool { return e.MatchString(name) })
}

// Includes reports whether the disk of that name is watched: if include selects
// it and exclude doesn't. Where both do, or none, AllOthers decides.
func (d Disks) Includes(name string) bool {
	included, excluded := d.Include.Selects(name), d.Exclude.Selects(name)
	if included == excluded {
		return d.AllOthers
	}
	return included
}

func readDisks(node document.Node) Disks {
	d := Disks{AllOthers: true}
	node.Map(backup.Error, "include", "exclude", "all_others")
	d.Include = readSelection(node.Get("include"))
	d.Exclude = readSelection(node.Get("exclude"))
	if others := node.Get("all_others"); others.Exists() {
		d.AllOthers = others.OneOf(backup.Error, "include", "exclude") == "include"
	}
	return d
}

// readSelection reads a list, or one item instead of it.
func readSelection(node document.Node) Selection {
	var s Selection
	for _, item := range oneOrMore(node) {
		s.add(item)
	}
	return s
}

func (s *Selection) add(item document.Node) {
	text := required(item, "the name of a disk")
	inner, found := expression(text)
	if !found {
		s.Names = append(s.Names, text)
		return
	}
	compiled, err := regexp.Compile(inner)
	if err != nil {
		item.Problem(backup.Error, fmt.Sprintf("bad regular expression %q%s", item.Source(), cause(err)), "")
		return
	}
	s.Expressions = append(s.Expressions, compiled)
}

// expression returns what stands between two slashes.
func expression(text string) (inner string, found bool) {
	inner, found = strings.CutPrefix(text, "/")
	if !found {
		return "", false
	}
	return strings.CutSuffix(inner, "/")
}

// cause says what is wrong with an expression without quoting it: it may hold the
// value of a variable.
func cause(err error) string {
	var problem *syntax.Error
	if !errors.As(err, &problem) {
		return ""
	}
	return ": " + string(problem.Code)
}

// checkDiscovery checks that the disks are known by name where they can't be
// discovered.
func checkDiscovery(environment document.Node, account *S3, disks Disks) {
	if account.AutoDiscoverDisks || len(disks.Include.Expressions) == 0 {
		return
	}
	include := environment.Get("disks").Get("include")
	for _, item := range oneOrMore(include) {
		if _, found := expression(item.String()); found {
			item.Problem(backup.Error, fmt.Sprintf("%q needs a look at all disks, but auto_discover_disks is off", item.Source()), "write the disks' full names")
		}
	}
}
