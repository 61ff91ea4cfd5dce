package message

import (
	"maps"
	"slices"
	"strings"
)

// overdue reports whether a backup is awaited that has not come.
func (i *Item) overdue() bool { return i.Open && (i.State == "LATE" || i.State == "MISSING") }

// expected says which backup should be there by now.
func expected(i *Item) string {
	if !i.overdue() || i.Slot.IsZero() || i.Slot.After(i.at) {
		return ""
	}
	text := "a backup for " + moment(i.Slot) + ", at the latest by " + following(i.Slot, i.Deadline)
	if i.Schedule != "" {
		text += ` (schedule "` + i.Schedule + `"`
		if i.Timezone != "" && i.Timezone != i.at.Location().String() {
			text += " in " + i.Timezone
		}
		text += ")"
	}
	return text
}

// seen says what there is: the newest file, or what the evaluation found.
func seen(i *Item) string {
	switch {
	case i.OfDisk && len(i.Reasons) > 0:
		return i.Reasons[0].Text
	case i.OfDisk:
		return ""
	case i.Latest != nil:
		return i.Latest.text(i.at)
	case !i.SeenAt.IsZero():
		return "nothing any more; the last files were seen " + both(i.SeenAt, i.at)
	default:
		return "nothing so far"
	}
}

// details are the facts of one incident, in the order in which they are asked for.
func details(i *Item) []Detail {
	var out []Detail
	add := func(name, text string) {
		if text != "" {
			out = append(out, Detail{name, text})
		}
	}
	if i.Open {
		for _, text := range i.found() {
			add("Found", text)
		}
	}
	add("Expected", i.Expected)
	if !i.OfDisk && !i.Gone {
		add("Newest file", i.Seen)
	}
	switch {
	case i.Closed:
		add("Began", moment(i.OpenedAt))
		add("Ended", moment(i.ClosedAt))
		add("At worst", i.Worst)
	case !i.Open: // it flaps
		add("At the moment", "well, since "+both(i.ClosedAt, i.at))
		add("Last trouble", i.status())
	default:
		add("Since", both(i.OpenedAt, i.at))
		add("Next deadline", i.next())
		add("Status", i.status())
	}
	add("Labels", i.labels())
	return out
}

// found lists the reasons, but for what is told by the other facts.
func (i *Item) found() []string {
	var out []string
	for _, r := range i.Reasons {
		text := r.Text
		switch kind := variant(i); {
		case i.OfDisk:
		case r.Code == "MISSING" && kind == ", never seen":
			text, _, _ = strings.Cut(text, "; expected a backup") // this is told, the pattern is not
		case r.Code == "LATE", r.Code == "MISSING" && kind != ", unusable":
			continue
		}
		if text != "" {
			out = append(out, text)
		}
	}
	return out
}

// next says when it gets worse by itself.
func (i *Item) next() string {
	switch {
	case !i.NextDeadline.After(i.at):
		return ""
	case i.State == "LATE":
		return moment(i.NextDeadline) + "; without a backup by then it counts as missing"
	default:
		return moment(i.NextDeadline) + "; without a good backup by then it counts as late"
	}
}

func (i *Item) labels() string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(i.Labels)) {
		pairs = append(pairs, name+"="+i.Labels[name])
	}
	return strings.Join(pairs, ", ")
}

// adviceFor says what to do about an incident: first about the worst of it.
func adviceFor(i *Item) []string {
	if i.Closed {
		if i.Gone {
			return []string{i.fill("If nobody took it away on purpose, look at the definitions of {place}.")}
		}
		return nil
	}
	out := []string{i.fill(wordsFor(i, i.code).advice)}
	for _, r := range i.Reasons {
		sameJob := slices.Contains(byJob, i.code) && slices.Contains(byJob, r.Code)
		if text := i.fill(wordsFor(i, r.Code).advice); !sameJob && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// byJob are troubles about which one looks at the job, once.
var byJob = []string{"LATE", "MISSING", "EMPTY", "TOO_SMALL"}
