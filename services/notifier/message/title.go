package message

import (
	"fmt"
	"slices"
	"strings"

	"github.com/backmon/backmon/pkg/prose"
)

// on joins a text and a place, where there is one.
func on(text, place string) string {
	if place == "" {
		return text
	}
	return text + " on " + place
}

// defaultTitle says in one line what is wrong, and where.
func defaultTitle(v View) string {
	switch {
	case v.Kind == "test":
		return "Test notice from backmon"
	case v.Digest != nil:
		return line(v.Digest.title())
	case v.Single != nil:
		return line(singleTitle(v.Kind, v.Single))
	default:
		return line(manyTitle(v))
	}
}

// headline names the trouble and its subject.
func (i *Item) headline() string {
	if i.OfDisk {
		return i.What
	}
	return i.What + ": " + i.full()
}

func singleTitle(kind string, i *Item) string {
	words := wordsFor(i, i.code)
	switch {
	case i.Closed && i.Gone:
		return "No longer watched: " + i.full()
	case i.Closed && words.ended != "":
		return i.fill(words.ended)
	case i.Closed && i.OfDisk:
		return "Well again: disk " + i.full()
	case i.Closed:
		return "Well again: " + i.full()
	case i.Change == "flapping":
		return "On and off: " + i.full()
	case kind == "reminder":
		return "Reminder: " + i.headline()
	case i.Change == "continues":
		return "After a silence, still: " + i.headline()
	case i.Change == "changed" && i.Before != "":
		return i.turn() + ": " + i.headline()
	default:
		return i.headline()
	}
}

// turn says which way a changed incident went.
func (i *Item) turn() string {
	before, now := rank(i.Before), rank(i.Severity)
	switch {
	case now > before:
		return "Now worse"
	case now < before:
		return "Less bad, but not over"
	default:
		return "Changed"
	}
}

// rank orders the names of severities.
func rank(severity string) int {
	return slices.Index([]string{"ok", "warning", "unknown", "critical"}, severity)
}

// manyTitle sums up several incidents. What befell a disk as a whole comes first:
// the rest mostly follows from it.
func manyTitle(v View) string {
	bad := v.Total - v.Closed
	switch {
	case v.Total == 0:
		return on("Backups", v.Place)
	case bad == 0 && v.Open == 0 && v.Gone == 0:
		return on("All well again", v.Place) + ": " + backups(v.Closed)
	case bad == 0 && v.Open == 0:
		return v.over()
	case bad == 0:
		return fmt.Sprintf("%s, %d still in trouble", v.over(), v.Open)
	case v.onAndOff():
		return "On and off: " + on(backups(bad), v.Place)
	}
	text := on(backups(bad)+" in trouble", v.Place)
	if d := v.disk(); d != nil {
		text = d.What
		if bad > 1 {
			text += ", and " + backups(bad-1) + " in trouble"
		}
	} else if turn := v.turn(); turn != "" {
		text = turn + ": " + text + ": " + v.kinds()
	} else if v.Kind != "reminder" && (v.Closed > 0 || v.Opened != bad) {
		text += v.mixture()
	} else if kinds := v.kinds(); kinds != "" {
		text += ": " + kinds
	}
	if v.Kind == "reminder" {
		return "Reminder: " + text
	}
	return text
}

func backups(n int) string { return prose.Count(n, "backup", "backups") }

// disk is the item of a disk as a whole that is bad, if there is one.
func (v View) disk() *Item {
	for k := range v.Items {
		if v.Items[k].OfDisk && !v.Items[k].Closed {
			return &v.Items[k]
		}
	}
	return nil
}

// over says how many backups are well again, and how many are no longer watched.
func (v View) over() string {
	switch well := v.Closed - v.Gone; {
	case v.Gone == 0:
		return on(backups(well)+" well again", v.Place)
	case well == 0:
		return on(backups(v.Gone)+" no longer watched", v.Place)
	default:
		return fmt.Sprintf("%s, %d no longer watched", on(backups(well)+" well again", v.Place), v.Gone)
	}
}

// onAndOff reports whether the notice is about what flaps, and nothing else.
func (v View) onAndOff() bool { return v.Flapping > 0 && v.Flapping == v.Total }

// turn says which way all incidents of the notice went, when it is the same.
func (v View) turn() string {
	if v.More > 0 || v.Changed == 0 || v.Changed != v.Total {
		return ""
	}
	turn := v.Items[0].turn()
	for k := range v.Items {
		if i := &v.Items[k]; i.Before == "" || i.OfDisk || i.turn() != turn {
			return ""
		}
	}
	return turn
}

// mixture counts what is new in a notice of several changes.
func (v View) mixture() string {
	var parts []string
	for _, part := range []struct {
		n    int
		text string
	}{{v.Opened, "new"}, {v.Changed, "changed"}, {v.Flapping, "on and off"}, {v.Continuing, "after a silence"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.text))
		}
	}
	text := " (" + strings.Join(parts, ", ") + ")"
	if well := v.Closed - v.Gone; well > 0 {
		text += fmt.Sprintf(", %d well again", well)
	}
	if v.Gone > 0 {
		text += fmt.Sprintf(", %d no longer watched", v.Gone)
	}
	return text
}

// kinds counts the troubles by what they are, when all are known.
func (v View) kinds() string {
	number, order := map[string]int{}, []string{}
	for k := range v.Items {
		if v.More > 0 || v.Items[k].OfDisk {
			return ""
		}
		was := wordsFor(&v.Items[k], v.Items[k].code).was
		if number[was] == 0 {
			order = append(order, was)
		}
		number[was]++
	}
	if len(order) == 1 {
		return "all " + order[0]
	}
	var parts []string
	for _, was := range order {
		parts = append(parts, fmt.Sprintf("%d %s", number[was], was))
	}
	return strings.Join(parts, ", ")
}
