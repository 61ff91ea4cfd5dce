package incident

import (
	"cmp"
	"slices"
)

// OnTheWay reports whether the group has a notice that its receiver may not have.
func (g Group) OnTheWay() bool { return g.Pending != nil && g.Delivery.SettledAt.IsZero() }

// Undelivered returns the groups with a notice that is on its way, the oldest notice
// first.
func Undelivered(groups []Group) []Group {
	var waiting []Group
	for _, g := range groups {
		if g.OnTheWay() {
			waiting = append(waiting, g)
		}
	}
	slices.SortFunc(waiting, func(a, b Group) int {
		return cmp.Or(a.Pending.At.Compare(b.Pending.At), cmp.Compare(a.Receiver, b.Receiver), cmp.Compare(a.Pending.ID, b.Pending.ID))
	})
	return waiting
}

// Listeners lists the receivers that know of an incident, and those that the first
// notice of it is on the way to, by name.
func Listeners(groups []Group, i Incident) (told, coming []string) {
	key := Key(i.Subject)
	for _, g := range groups {
		if _, known := g.Told[key]; !known {
			continue
		}
		if g.OnTheWay() && g.Pending.opens(i.Subject) {
			coming = append(coming, g.Receiver)
		} else {
			told = append(told, g.Receiver)
		}
	}
	slices.Sort(told)
	slices.Sort(coming)
	return slices.Compact(told), slices.Compact(coming)
}

// opens reports whether the notice is the first to tell of a subject, as far as it
// names its incidents.
func (n *Notice) opens(s Subject) bool {
	return slices.ContainsFunc(n.Items, func(item Item) bool { return item.Incident.Subject == s && item.Change == Opened })
}
