package page

import "github.com/backmon/backmon/pkg/backup"

// share is the part of a bar that series of one state take.
type share struct {
	State badge
	N     int
	// X and Width are in percent of the bar.
	X, Width float64
}

// shares is a bar: how many series are in each state.
type shares []share

// leastWidth keeps a part visible however few its series are.
const leastWidth = 1.2

func newShares(states map[backup.State]int) shares {
	var all shares
	total := 0
	for _, s := range statesByUrgency() {
		if n := states[s]; n > 0 {
			all = append(all, share{State: stateBadge(s), N: n})
			total += n
		}
	}
	sum := 0.0
	for i := range all {
		all[i].Width = max(leastWidth, 100*float64(all[i].N)/float64(total))
		sum += all[i].Width
	}
	x := 0.0
	for i := range all {
		all[i].X, all[i].Width = x, all[i].Width*100/sum
		x += all[i].Width
	}
	return all
}

// Text says what the bar shows.
func (s shares) Text() string {
	text := ""
	for i, part := range s {
		if i > 0 {
			text += ", "
		}
		text += thousands(int64(part.N)) + " " + part.State.Text
	}
	return text
}
