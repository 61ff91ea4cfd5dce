package backup

import "testing"

func TestPurgeShare(t *testing.T) {
	for _, test := range []struct {
		count int
		share float64
		want  int
	}{
		{0, 0.1, 10}, {5, 0.1, 10}, {100, 0.1, 10}, {109, 0.1, 10}, {110, 0.1, 11}, {1000, 0.1, 100}, {1000, 1, 1000}, {5, 1, 10}, {1000, 0.0001, 10},
	} {
		if got := PurgeShare(test.count, test.share); got != test.want {
			t.Errorf("%d files at %g: %d, want %d", test.count, test.share, got, test.want)
		}
	}
}
