package incident

import (
	"time"
)

// Seen is an incident of a group and what keeps its receiver from hearing of it.
type Seen struct {
	Incident
	Routed    bool // a route leads to the receiver
	Silenced  bool
	Inhibited bool // the disk as a whole is the news
	// FreeSince is when the last silence or trouble of its disk ended that kept it
	// back; zero when none did. It is not told at once: once a disk is back its
	// series are judged anew one after the other.
	FreeSince time.Time
}

// since is when it became what it is to the receiver.
func (s *Seen) since() time.Time {
	if s.FreeSince.After(s.ChangedAt) {
		return s.FreeSince
	}
	return s.ChangedAt
}

// news is one incident that a receiver is to be told of.
type news struct {
	seen   *Seen
	key    uint64
	change Change
	told   Told
}

// news compares what is with what the receiver knows: what it is to be told, and
// the keys of what a silence covers from now on. What there is no room for is none.
func (g Group) news(incidents []Seen) (found []news, muted []uint64) {
	full := len(g.Told) >= maxTold
	for i := range incidents {
		seen := &incidents[i]
		key := Key(seen.Subject)
		told, known := g.Told[key]
		change, mute := compare(seen, told, known)
		switch {
		case mute:
			muted = append(muted, key)
		case change != 0 && (known || !full):
			found = append(found, news{seen, key, change, told})
		}
	}
	return found, muted
}

// compare says what is new about one incident.
func compare(seen *Seen, told Told, known bool) (change Change, mute bool) {
	if !seen.there() {
		if known {
			return Closed, false
		}
		return 0, false
	}
	switch {
	case seen.Silenced:
		return 0, known && !told.Muted
	case !seen.Routed || seen.Inhibited:
		return 0, false
	case known && told.Content == seen.Content():
		if told.Muted && seen.Open() {
			return Continues, false
		}
		return 0, false
	case seen.Flapping:
		return Flaps, false
	case known:
		return Changed, false
	}
	return Opened, false
}

// IsNews reports whether the receiver is to be told of the incident, or not to be
// told any more.
func (g Group) IsNews(seen Seen) bool {
	found, muted := g.news([]Seen{seen})
	return len(found)+len(muted) > 0
}

// worse orders news by what a person has to see first: what is over comes last.
func (n news) worse(other news) int {
	if over := n.change == Closed; over != (other.change == Closed) {
		if over {
			return 1
		}
		return -1
	}
	return n.seen.compare(other.seen.Incident)
}

// continues reports whether a reminder tells of the incident, of which there is no
// news.
func (g Group) continues(seen *Seen) (news, bool) {
	if !seen.Open() || seen.Flapping || !seen.Routed || seen.Silenced || seen.Inhibited {
		return news{}, false
	}
	key := Key(seen.Subject)
	told, known := g.Told[key]
	return news{seen, key, Continues, told}, known
}

// continuing are the incidents that a reminder tells of.
func (g Group) continuing(incidents []Seen) []news {
	var out []news
	for i := range incidents {
		if n, found := g.continues(&incidents[i]); found {
			out = append(out, n)
		}
	}
	return out
}
