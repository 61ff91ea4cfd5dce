package page

import (
	"fmt"

	"github.com/backmon/backmon/pkg/backup"
)

// standing is what decides how all is.
type standing struct {
	total      int
	severities map[backup.Severity]int
	states     map[backup.State]int
	due        int // of those that are well
	// disks is how many are known; badDisks of them are in trouble of their own,
	// unseenDisks can't be seen, and stale ones were not looked at for long.
	disks, badDisks, unseenDisks, stale int
	// current says that all of it was replayed, cutOff that no news come.
	current, cutOff bool
}

func (s standing) unknown() int { return s.severities[backup.SeverityUnknown] }

// severity is the worst that is known; what is stale, or of which no news come, is
// not known to be well.
func (s standing) severity() backup.Severity {
	worst := worst(s.severities)
	if s.stale+s.unseenDisks > 0 || s.cutOff || !s.current {
		worst = max(worst, backup.SeverityUnknown)
	}
	if s.badDisks > 0 {
		worst = max(worst, backup.SeverityWarning)
	}
	return worst
}

// sentence says in one sentence whether all is well.
func (s standing) sentence() string {
	need, unseen := bad(s.severities), s.unknown()
	switch {
	case !s.current:
		return "Not complete yet."
	case s.disks == 0 && s.total == 0:
		return "Nothing is watched yet."
	case s.total == 0:
		return fmt.Sprintf("No backup is defined yet on %s.", count(s.disks, "disk", "disks"))
	case need > 0 && unseen > 0:
		return fmt.Sprintf("%s; %s can’t be seen.", s.needs(need), thousands(int64(unseen)))
	case need > 0:
		return s.needs(need) + "."
	case unseen == s.total:
		return "No backup can be seen."
	case unseen > 0:
		return fmt.Sprintf("%s of %s can’t be seen.", thousands(int64(unseen)), count(s.total, "backup", "backups"))
	case s.cutOff:
		return "No backup is known to be late, but NATS can’t be reached."
	case s.stale > 0:
		return fmt.Sprintf("No backup is known to be late, but %s not looked at for long.", count(s.stale, "disk was", "disks were"))
	default:
		return s.well()
	}
}

// needs says how many backups need somebody: "3 of 214 backups need you".
func (s standing) needs(n int) string {
	verb := "need"
	if n == 1 {
		verb = "needs"
	}
	return fmt.Sprintf("%s of %s %s you", thousands(int64(n)), count(s.total, "backup", "backups"), verb)
}

// well is the sentence where no backup is bad or unseen. Those that have never
// come are not on time yet.
func (s standing) well() string {
	onTime := s.total - s.states[backup.Pending]
	text := fmt.Sprintf("All %s backups are on time", thousands(int64(onTime)))
	switch onTime {
	case 0:
		text = count(s.total, "backup is", "backups are") + " awaited for the first time"
	case 1:
		text = "The one backup is on time"
	}
	switch {
	case s.badDisks > 0:
		return text + ", but " + count(s.badDisks, "disk needs", "disks need") + " you."
	case s.unseenDisks > 0:
		return text + ", but " + count(s.unseenDisks, "disk", "disks") + " can’t be seen."
	default:
		return text + "."
	}
}

// more are the facts beside the sentence.
func (s standing) more() []string {
	var more []string
	add := func(n int, one, many string) {
		if n > 0 {
			more = append(more, count(n, one, many))
		}
	}
	pending := s.states[backup.Pending]
	if !s.current {
		add(s.total, "backup is known so far", "backups are known so far")
		add(bad(s.severities), "of them needs you", "of them need you")
		return more
	}
	if bad(s.severities)+s.unknown() > 0 {
		add(s.severities[backup.SeverityOK]-pending, "other is on time", "others are on time")
		add(s.badDisks, "disk needs you", "disks need you")
		add(s.unseenDisks, "disk can’t be seen", "disks can’t be seen")
	}
	add(s.due, "of these is due now, within its grace", "of these are due now, within their grace")
	if pending < s.total {
		add(pending, "has never come yet, its first deadline lies ahead", "have never come yet, their first deadlines lie ahead")
	}
	return more
}
