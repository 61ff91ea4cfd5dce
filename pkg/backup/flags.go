package backup

import (
	"fmt"
	"slices"
	"time"
)

// Bounds of the comparison with earlier sizes.
const (
	trainingFiles  = 7       // the median is of up to so many earlier files
	trainingLeast  = 5       // and of at least so many
	leastSizeDrift = 1 << 20 // bytes; smaller differences are noise
	driftWindow    = 12      // how far back sizes are looked at: training + 5
)

// finding is a flag with its sentence.
type finding struct {
	flag Flag
	text string
}

// flags lists what is odd about the files of a series, in the order of the flags.
func (t *tally) flags() []finding {
	var found []finding
	add := func(f Flag, format string, args ...any) {
		found = append(found, finding{f, fmt.Sprintf(format, args...)})
	}
	r := t.rule
	if l := t.latest; l != nil {
		switch {
		case l.Size == 0:
			add(Empty, "the newest file %s is empty", quoteKey(l.Key))
		case l.Size < r.MinSize:
			add(TooSmall, "the newest file %s has %s, expected at least %s", quoteKey(l.Key), FormatSize(l.Size), FormatSize(r.MinSize))
		case r.MaxSize > 0 && l.Size > r.MaxSize:
			add(TooLarge, "the newest file %s has %s, expected at most %s", quoteKey(l.Key), FormatSize(l.Size), FormatSize(r.MaxSize))
		}
		if f, ok := t.drift(); ok {
			found = append(found, f)
		}
	}
	if f := t.nearestFuture; f != nil {
		add(Future, "%s with a time ahead of now put aside, the nearest is %s of %s", countFiles(t.future), quoteKey(f.Key), r.when(f.Time))
	}
	if r.MinCount > 0 && t.count-t.future < r.MinCount {
		add(TooFew, "%s found, expected at least %d", countFiles(t.count-t.future), r.MinCount)
	}
	if l := t.latest; l != nil && r.MaxDuration > 0 && l.Duration() > r.MaxDuration {
		add(Slow, "making %s took %s, expected at most %s", quoteKey(l.Key), FormatDuration(l.Duration()), FormatDuration(r.MaxDuration))
	}
	if t.ambiguous > 0 {
		add(Ambiguous, "%s matched by another rule too; none of them is ever purged", countFiles(t.ambiguous))
	}
	return found
}

// drift compares the newest file's size with the median of earlier ones.
func (t *tally) drift() (finding, bool) {
	window := t.recent[:min(len(t.recent), driftWindow)]
	var training []int64
	for _, f := range slices.Backward(window[1:]) {
		if t.rule.Good(f.Size) && t.rule.compareSize(f.Size, training) == FlagUnspecified {
			training = append(training, f.Size)
		}
	}
	latest := t.latest.Size
	if !t.rule.Good(latest) {
		return finding{}, false
	}
	flag := t.rule.compareSize(latest, training)
	if flag == FlagUnspecified {
		return finding{}, false
	}
	usual := median(training[max(0, len(training)-trainingFiles):])
	return finding{flag, fmt.Sprintf("the newest file %s has %s, %s against the usual %s",
		quoteKey(t.latest.Key), FormatSize(latest), percent(latest, usual), FormatSize(usual))}, true
}

// compareSize returns Shrunk or Grew when size is out of proportion to the
// earlier sizes, oldest first.
func (r *Rule) compareSize(size int64, earlier []int64) Flag {
	if len(earlier) < trainingLeast {
		return FlagUnspecified
	}
	usual := median(earlier[max(0, len(earlier)-trainingFiles):])
	difference := size - usual
	switch {
	case difference <= -leastSizeDrift && r.MaxShrink >= 0 && float64(-difference) > r.MaxShrink*float64(usual):
		return Shrunk
	case difference >= leastSizeDrift && r.MaxGrow >= 0 && float64(difference) > r.MaxGrow*float64(usual):
		return Grew
	default:
		return FlagUnspecified
	}
}

func median(sizes []int64) int64 {
	sorted := slices.Sorted(slices.Values(sizes))
	return sorted[len(sorted)/2]
}

func percent(size, usual int64) string {
	if usual == 0 {
		return "more"
	}
	return fmt.Sprintf("%+.0f %%", (float64(size)/float64(usual)-1)*100)
}

func countFiles(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// when writes an instant in the rule's zone.
func (r *Rule) when(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.In(r.Location).Format("2006-01-02 15:04 MST")
}
