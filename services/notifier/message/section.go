package message

import (
	"fmt"
	"strings"

	"github.com/backmon/backmon/pkg/prose"
)

// sections list what a notice is about, by what is new of it.
func sections(v View) []Section {
	if v.Kind == "test" {
		return nil
	}
	if v.Digest != nil {
		return v.Digest.sections()
	}
	var out []Section
	for _, change := range []struct{ name, head string }{
		{"opened", "New:"},
		{"changed", "Changed:"},
		{"flapping", "On and off, so that notices of it stop until it has calmed down:"},
		{"continues", "Still in trouble after a silence:"},
		{"closed", "Well again:"},
	} {
		var items []*Item
		for k := range v.Items {
			if v.Items[k].Change == change.name {
				items = append(items, &v.Items[k])
			}
		}
		if change.name == "closed" && v.Gone > 0 {
			change.head = "Over:"
		}
		if len(items) > 0 {
			out = append(out, Section{change.head, lines(items, v.Place)})
		}
	}
	if len(out) == 1 && v.More > 0 {
		out[0].Head = fmt.Sprintf("The worst %d:", len(v.Items))
	} else if len(out) == 1 && out[0].Head != "Changed:" { // the summary says it
		out[0].Head = ""
	}
	return more(out, v)
}

// more tells of what is not listed.
func more(out []Section, v View) []Section {
	if v.More == 0 {
		return out
	}
	text := fmt.Sprintf("And %d more.", v.More)
	if v.Link != "" {
		text = fmt.Sprintf("And %d more, which the page lists.", v.More)
	}
	return append(out, Section{Head: text})
}

// lines writes a line for each item; those that differ by their group only share
// one.
func lines(items []*Item, place string) []string {
	type kind struct{ what, place, rule string }
	var order []kind
	alike := map[kind][]*Item{}
	for n, i := range items {
		k := kind{i.What, i.Place, i.rule}
		if i.OfDisk || i.Closed || i.Before != "" {
			k.rule = fmt.Sprint(n) // stands alone
		}
		if alike[k] == nil {
			order = append(order, k)
		}
		alike[k] = append(alike[k], i)
	}
	var out []string
	for _, k := range order {
		if same := alike[k]; len(same) > 1 {
			out = append(out, shared(same, place))
		} else {
			out = append(out, same[0].line(place))
		}
	}
	return out
}

// shared writes one line for items that differ by their group only.
func shared(items []*Item, place string) string {
	var folders []string
	for _, i := range items {
		folders = append(folders, i.folder)
	}
	return fmt.Sprintf("%s: %s in %s", items[0].What, items[0].within(place, items[0].rule), strings.Join(folders, ", "))
}

// within names a thing with its disk, unless the whole notice is of that.
func (i *Item) within(place, name string) string {
	if place == i.Place {
		return name
	}
	return on(name, i.Place)
}

// line says of one item among several what is wrong.
func (i *Item) line(place string) string {
	name := i.within(place, i.Name)
	if i.OfDisk {
		name = "disk " + i.Name
	}
	switch {
	case i.Closed && i.Gone:
		return fmt.Sprintf("%s: no longer watched (was %s)", name, i.What)
	case i.Closed:
		return fmt.Sprintf("%s: was %s, for %s", name, i.What, i.lastedText())
	}
	text := i.What + ": " + name
	if i.OfDisk {
		text = i.What
	}
	if i.Flapping && i.Change != "flapping" {
		text += ", on and off"
	}
	return text + i.short() + i.before()
}

// maxReason bounds a reason within a list.
const maxReason = 200

// short adds the fact that matters most.
func (i *Item) short() string {
	switch {
	case !i.Open:
		return ""
	case !i.OfDisk && i.overdue() && i.Latest != nil && (i.code == "LATE" || i.code == "MISSING"):
		return ", newest of " + moment(i.Latest.At)
	case !i.OfDisk && i.code == "MISSING" && !i.SeenAt.IsZero():
		return ", last seen " + moment(i.SeenAt)
	case !i.OfDisk && i.code == "MISSING", len(i.Reasons) == 0:
		return ""
	default:
		return " (" + prose.Cut(i.Reasons[0].Text, maxReason) + ")"
	}
}

// before tells how bad it was when the receiver was last told.
func (i *Item) before() string {
	if i.Change != "changed" || i.Before == "" {
		return ""
	}
	if i.Before == i.Severity {
		return ", still " + i.Severity
	}
	return ", " + i.Severity + " now and " + i.Before + " before"
}
