package download

import "time"

// SetStall sets how long a client may take for one piece.
func (h *Handler) SetStall(d time.Duration) { h.stall = d }

// What is tested by itself.
var (
	Disposition = disposition
	Decide      = decide
)

// MaxStreams is how many streams may be under way.
const MaxStreams = maxStreams
