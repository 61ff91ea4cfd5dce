package backup

import (
	"slices"
	"testing"
)

func TestPurgeBlockOfStates(t *testing.T) {
	for _, state := range States() {
		s := Status{State: state, Reasons: []Reason{{Code: "OTHER", Text: "other"}, {Code: state.String(), Text: "because"}}}
		got, blocked := s.PurgeBlock()
		want := Reason{}
		if state != OK && state != Due {
			want = Reason{Code: state.String(), Text: "the series is " + state.String() + ": because"}
		}
		if got != want || blocked != (want != Reason{}) {
			t.Errorf("%v: %+v, %v; want %+v", state, got, blocked, want)
		}
	}
}

func TestPurgeBlockOfFlags(t *testing.T) {
	blocking := []Flag{Empty, TooSmall, Shrunk, Future}
	for _, flag := range Flags() {
		s := Status{State: OK, Flags: []Flag{flag}}
		got, blocked := s.PurgeBlock()
		if blocked != slices.Contains(blocking, flag) {
			t.Errorf("%v: blocked %v", flag, blocked)
		}
		if blocked && got != (Reason{Code: flag.String(), Text: "the series is flagged " + flag.String()}) {
			t.Errorf("%v: %+v", flag, got)
		}
	}
}

// The state is told before a flag: it says more.
func TestPurgeBlockStateFirst(t *testing.T) {
	s := Status{State: Late, Flags: []Flag{Empty}}
	if got, _ := s.PurgeBlock(); got.Code != "LATE" {
		t.Errorf("code %q, want LATE", got.Code)
	}
	s.State = StateUnspecified
	if _, blocked := s.PurgeBlock(); !blocked {
		t.Error("a status without a state blocks nothing")
	}
}
