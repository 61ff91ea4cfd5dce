package page

import (
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// historyShown is how many changes of a series are shown.
const historyShown = 50

// historyItem is one change of a series' state or flags.
type historyItem struct {
	At     moment
	State  badge
	Flags  []badge
	Reason string
}

// newHistory lists the changes of state and flags, the newest first.
func newHistory(statuses []backup.Status, zone *time.Location, now time.Time) []historyItem {
	var items []historyItem
	for i := range statuses {
		s := &statuses[i]
		if i > 0 && s.State == statuses[i-1].State && slices.Equal(s.Flags, statuses[i-1].Flags) {
			continue
		}
		item := historyItem{At: moment{s.Since, now, zone}, State: stateBadge(s.State), Reason: reasonOf(s)}
		if i > 0 && s.State == statuses[i-1].State { // only the flags are others
			item.At.at = s.EvaluatedAt
		}
		for _, f := range s.Flags {
			item.Flags = append(item.Flags, flagBadge(f))
		}
		items = append(items, item)
	}
	slices.Reverse(items)
	return items[:min(len(items), historyShown)]
}
