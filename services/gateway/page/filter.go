package page

import (
	"cmp"
	"maps"
	"slices"

	"github.com/backmon/backmon/services/gateway/board"
)

// activeChips are the filters of a query that hold, each with the list without it.
func activeChips(q board.Query) []activeChip {
	q.Page, q.Limit, q.After = 0, 0, ""
	var chips []activeChip
	add := func(name, value string, without func(*board.Query)) {
		if value != "" {
			rest := q
			without(&rest)
			chips = append(chips, activeChip{name, value, listLink(rest)})
		}
	}
	add("words", q.Text, func(r *board.Query) { r.Text = "" })
	add("environment", q.Environment, func(r *board.Query) { r.Environment = "" })
	add("disk", q.Disk, func(r *board.Query) { r.Disk = "" })
	add("directory", q.Directory, func(r *board.Query) { r.Directory = "" })
	add("file", q.File, func(r *board.Query) { r.File = "" })
	add("group", q.Group, func(r *board.Query) { r.Group = "" })
	for _, s := range q.States {
		add("state", s.String(), func(r *board.Query) { r.States = without(q.States, s) })
	}
	for _, s := range q.Severities {
		add("severity", s.String(), func(r *board.Query) { r.Severities = without(q.Severities, s) })
	}
	for _, f := range q.Flags {
		add("flag", f.String(), func(r *board.Query) { r.Flags = without(q.Flags, f) })
	}
	for _, key := range slices.Sorted(maps.Keys(q.Labels)) {
		add("label "+key, cmp.Or(q.Labels[key], "any"), func(r *board.Query) {
			r.Labels = maps.Clone(q.Labels)
			delete(r.Labels, key)
		})
	}
	return chips
}

func without[T comparable](all []T, one T) []T {
	return slices.DeleteFunc(slices.Clone(all), func(v T) bool { return v == one })
}
