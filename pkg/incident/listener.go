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

// Listeners are the receivers that hear of an incident, by name.
type Listeners struct {
	Told   []string // who know of it
	Coming []string // whom the first notice of it is on the way to
	// Unheard are those whose last notice was given up, so that they may not know.
	Unheard []string
}

// Any reports whether there are any.
func (l Listeners) Any() bool { return len(l.Told)+len(l.Coming)+len(l.Unheard) > 0 }

// ListenersOf lists who hears of an incident.
func ListenersOf(groups []Group, i Incident) Listeners {
	var l Listeners
	for _, g := range groups {
		list := &l.Told
		switch {
		case !g.Knows(i.Subject):
			continue
		case g.OnTheWay() && g.Pending.opens(i.Subject):
			list = &l.Coming
		case g.Unheard:
			list = &l.Unheard
		}
		*list = append(*list, g.Receiver)
	}
	for _, list := range []*[]string{&l.Told, &l.Coming, &l.Unheard} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return l
}

// opens reports whether the notice is the first to tell of a subject, as far as it
// names its incidents.
func (n *Notice) opens(s Subject) bool {
	return slices.ContainsFunc(n.Items, func(item Item) bool { return item.Incident.Subject == s && item.Change == Opened })
}
