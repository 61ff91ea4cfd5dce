package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/spelling"
)

// Route is a route with its place.
type Route struct {
	incident.Route
	Line int // in the file
}

// Keys of a match, and names of group-by.
const (
	matchEnv       = "env"
	matchDisk      = "disk"
	matchDirectory = "directory"
	matchFile      = "file"
	matchGroup     = "group"
)

// routeReader reads routes after the receivers that they lead to.
type routeReader struct {
	notifier     *Notifier
	environments []Environment
}

func (r routeReader) read(node document.Node) {
	for _, item := range node.Items() {
		route := r.route(item)
		if !item.HasErrors() {
			checkReached(item, route, r.notifier.Routes)
		}
		r.notifier.Routes = append(r.notifier.Routes, route)
	}
}

func (r routeReader) route(node document.Node) Route {
	line, _ := node.Position()
	route := Route{Line: line}
	node.Map(backup.Error, "match", "receiver", "receivers", "continue")
	route.Match = r.match(node.Get("match"))
	route.Continue = node.Get("continue").Bool()
	one, several := node.Get("receiver"), node.Get("receivers")
	if one.Exists() && several.Exists() {
		several.Problem(backup.Error, "receivers are given twice", `remove "receiver" or "receivers"`)
	}
	if !one.Exists() {
		one = several
	}
	for _, item := range oneOrMore(one) {
		r.notifier.readReceiverName(item, route.Receivers)
		route.Receivers = append(route.Receivers, item.String())
	}
	if len(route.Receivers) == 0 && !node.HasErrors() {
		node.Problem(backup.Error, "the route leads nowhere", "name its receiver")
	}
	return route
}

// readReceiverName looks up the receiver that a node names; nil if there is none.
// already are the names that stand before it.
func (n *Notifier) readReceiverName(node document.Node, already []string) *Receiver {
	name := required(node, "the name of a receiver")
	if node.HasErrors() {
		return nil
	}
	if slices.Contains(already, name) {
		node.Problem(backup.Error, fmt.Sprintf("receiver %q is given twice", node.Source()), "")
	}
	var known []string
	for i, r := range n.Receivers {
		if r.Name == name {
			return &n.Receivers[i]
		}
		known = append(known, r.Name)
	}
	hint := spelling.Hint(node.Source(), known)
	if hint == "" {
		hint = "there are none"
		if len(known) > 0 {
			hint = "known are " + strings.Join(known, ", ")
		}
	}
	node.Problem(backup.Error, fmt.Sprintf("there is no receiver %q", node.Source()), hint)
	return nil
}

func (r routeReader) match(node document.Node) incident.Match {
	node.Map(backup.Error, matchEnv, matchDisk, matchDirectory, matchFile, matchGroup, "labels", "severity", "state")
	m := incident.Match{
		Environments: r.environmentNames(node.Get(matchEnv)), Disks: texts(node.Get(matchDisk)), Directories: texts(node.Get(matchDirectory)),
		Files: texts(node.Get(matchFile)), Groups: texts(node.Get(matchGroup)), Labels: readLabelMatch(node.Get("labels")),
	}
	for _, item := range oneOrMore(node.Get("severity")) {
		m.Severities = append(m.Severities, readNamed(item, strings.ToLower, incident.Severities()))
	}
	for _, item := range oneOrMore(node.Get("state")) {
		m.States = append(m.States, readNamed(item, strings.ToUpper, incident.States()))
	}
	return m
}

// readNamed reads one of the values by its name, whose letters may be of any case.
func readNamed[T fmt.Stringer](node document.Node, letters func(string) string, values []T) (value T) {
	names := make([]string, len(values))
	for i, v := range values {
		if names[i] = v.String(); names[i] == letters(node.String()) {
			return v
		}
	}
	if !node.Exists() {
		node.Problem(backup.Error, "expected text, found nothing", "")
	}
	node.OneOf(backup.Error, names...)
	return value
}

// environmentNames reads patterns of which each has to match an environment.
func (r routeReader) environmentNames(node document.Node) []string {
	var names []string
	for _, e := range r.environments {
		names = append(names, e.Name)
	}
	patterns := texts(node)
	for i, item := range oneOrMore(node) {
		m := incident.Match{Environments: patterns[i : i+1]}
		matches := slices.ContainsFunc(names, func(name string) bool { return m.CoversSubject(incident.Subject{Environment: name}) })
		if !matches && len(names) > 0 && !item.HasErrors() {
			item.Problem(backup.Error, fmt.Sprintf("there is no environment %q", item.Source()), spelling.Hint(item.Source(), names))
		}
	}
	return patterns
}

// texts reads one text, or a list of them.
func texts(node document.Node) []string {
	var list []string
	for _, item := range oneOrMore(node) {
		if !item.Exists() {
			item.Problem(backup.Error, "expected text, found nothing", "")
		}
		list = append(list, item.String())
	}
	return list
}

func readLabelMatch(node document.Node) map[string][]string {
	var labels map[string][]string
	for _, key := range node.Keys() {
		name := key.String()
		if !labelName.MatchString(name) {
			key.Problem(backup.Error, fmt.Sprintf("%q is no label name", name), "use letters, digits and _, and begin with no digit")
		}
		value := node.Get(name)
		if !value.Exists() {
			value.Problem(backup.Error, fmt.Sprintf("label %q has no value", name), `write "*" for any, or "" for none`)
		}
		if labels == nil {
			labels = map[string][]string{}
		}
		labels[name] = texts(value)
	}
	return labels
}

// checkReached looks for an earlier route that takes all that this one matches.
func checkReached(node document.Node, route Route, earlier []Route) {
	for _, e := range earlier {
		if !e.Continue && e.Match.Includes(route.Match) {
			node.Problem(backup.Error, fmt.Sprintf("this route is never reached: the one on line %d takes all that it matches", e.Line), `move it up, or give that one "continue: true"`)
			return
		}
	}
}
