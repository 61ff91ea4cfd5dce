package guard

// MaxStreams is how many streams of events may be under way at a time, of each kind:
// over HTTP/2 a connection holds hundreds, so that a bound of these is none of them.
const MaxStreams = 1000

// Places bounds how many answers that go on are under way at a time.
type Places chan struct{}

// NewPlaces returns n free places.
func NewPlaces(n int) Places { return make(Places, n) }

// Take takes a place, if there is a free one. Who has taken one leaves it again.
func (p Places) Take() bool {
	select {
	case p <- struct{}{}:
		return true
	default:
		return false
	}
}

// Leave gives a place back.
func (p Places) Leave() { <-p }
