package backup

import "slices"

// PurgeBlock says why nothing of a series may be purged as it is: its newest
// backups are not in order, so that the old ones may be all there is. The code
// is the name of the state or flag; without a block the reason is zero.
//
// It judges the status alone. Holds, a disk that lost its files and the age of
// the status are the purger's to look at.
func (s *Status) PurgeBlock() (Reason, bool) {
	if s.State != OK && s.State != Due {
		return s.block(s.State.String(), "the series is "), true
	}
	for _, f := range []Flag{Empty, TooSmall, Shrunk, Future} {
		if slices.Contains(s.Flags, f) {
			return s.block(f.String(), "the series is flagged "), true
		}
	}
	return Reason{}, false
}

// block makes a sentence of a state's or flag's name and its reason.
func (s *Status) block(code, text string) Reason {
	text += code
	for _, r := range s.Reasons {
		if r.Code == code {
			return Reason{Code: code, Text: text + ": " + r.Text}
		}
	}
	return Reason{Code: code, Text: text}
}

// LeastPurgeShare is how many files of a series one run may purge whatever its
// share is.
const LeastPurgeShare = 10

// PurgeShare is how many of count files one run may purge.
func PurgeShare(count int, share float64) int {
	return max(LeastPurgeShare, int(share*float64(count)))
}
