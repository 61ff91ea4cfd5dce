package order

import (
	"fmt"
	"maps"
	"slices"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
)

// Part is one kind of what an order covers, with names of which one has to agree.
type Part struct {
	Kind  string // "environment", "label team"
	Names []string
}

// HoldParts names what a hold covers; nothing stands for everything.
func HoldParts(h backup.Hold) []Part {
	given := func(name string) []string {
		if name == "" {
			return nil
		}
		return []string{name}
	}
	return compact(
		Part{"environment", given(h.Environment)}, Part{"disk", given(h.Disk)}, Part{"directory", given(h.Directory)},
		Part{"file", given(h.File)}, Part{"group", given(h.Group)},
	)
}

// MatchParts names what a match chooses; nothing stands for everything.
func MatchParts(m incident.Match) []Part {
	parts := []Part{
		{"environment", m.Environments},
		{"disk", m.Disks},
		{"directory", m.Directories},
		{"file", m.Files},
		{"group", m.Groups},
	}
	for _, name := range slices.Sorted(maps.Keys(m.Labels)) {
		parts = append(parts, Part{"label " + name, m.Labels[name]})
	}
	return compact(append(parts, Part{"severity", namesOf(m.Severities)}, Part{"state", namesOf(m.States)})...)
}

// compact leaves out the kinds of which nothing is named.
func compact(parts ...Part) []Part {
	return slices.DeleteFunc(parts, func(p Part) bool { return len(p.Names) == 0 })
}

func namesOf[T fmt.Stringer](values []T) []string {
	var names []string
	for _, v := range values {
		names = append(names, v.String())
	}
	return names
}
