package backup

import (
	"fmt"
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/prose"
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
	r, l := t.rule, t.latest
	if l != nil {
		if f, ok := r.absoluteSize(l); ok {
			found = append(found, f)
		}
		if f, ok := t.drift(); ok {
			found = append(found, f)
		}
	}
	if f := t.nearestFuture; f != nil {
		add(Future, "%s dated more than %s ahead of now and put aside, next %s of %s",
			prose.Count(t.future, "file", "files"), FormatDuration(FutureTolerance), quoteKey(f.Key), r.when(f.Time))
	}
	if t.seen() < r.MinCount {
		add(TooFew, "%s found, expected at least %d", prose.Count(t.seen(), "file", "files"), r.MinCount)
	}
	if l != nil && r.MaxDuration > 0 && l.Duration() > r.MaxDuration {
		took, limit := apart(l.Duration(), r.MaxDuration, FormatDuration, time.Duration.String)
		add(Slow, "making the newest file %s took %s, expected at most %s", quoteKey(l.Key), took, limit)
	}
	if t.ambiguous > 0 {
		add(Ambiguous, "%s matched by another rule too and never purged; make the patterns exclude each other", prose.Count(t.ambiguous, "file", "files"))
	}
	return found
}

// absoluteSize compares the newest file's size with the rule's bounds.
func (r *Rule) absoluteSize(l *Dated) (finding, bool) {
	switch {
	case l.Size == 0:
		return finding{Empty, fmt.Sprintf("the newest file %s of %s is empty", quoteKey(l.Key), r.when(l.Time))}, true
	case l.Size < r.MinSize:
		size, bound := sizesApart(l.Size, r.MinSize)
		return finding{TooSmall, fmt.Sprintf("the newest file %s of %s has %s, expected at least %s",
			quoteKey(l.Key), r.when(l.Time), size, bound)}, true
	case r.MaxSize > 0 && l.Size > r.MaxSize:
		size, bound := sizesApart(l.Size, r.MaxSize)
		return finding{TooLarge, fmt.Sprintf("the newest file %s of %s has %s, expected at most %s",
			quoteKey(l.Key), r.when(l.Time), size, bound)}, true
	default:
		return finding{}, false
	}
}

// drift compares the newest file's size with the median of earlier ones. Sizes
// that were out of proportion in their turn don't count as usual; once too few
// others are in the window they do, and a lasting change has become the usual.
func (t *tally) drift() (finding, bool) {
	latest := t.latest.Size
	if !t.rule.Good(latest) {
		return finding{}, false
	}
	var training []int64
	for _, f := range slices.Backward(t.earlier()) {
		if t.rule.Good(f.Size) && t.rule.compareSize(f.Size, training) == FlagUnspecified {
			training = append(training, f.Size)
		}
	}
	flag := t.rule.compareSize(latest, training)
	if flag == FlagUnspecified {
		return finding{}, false
	}
	usual := usualSize(training)
	size, bound := sizesApart(latest, usual)
	return finding{flag, fmt.Sprintf("the newest file %s of %s has %s, %s against the usual %s",
		quoteKey(t.latest.Key), t.rule.when(t.latest.Time), size, percent(latest, usual), bound)}, true
}

// earlier is the window of history before the latest file, newest first.
func (t *tally) earlier() []RecentFile {
	window := t.newestFirst(driftWindow)
	at := slices.Index(window, RecentFile{Time: t.latest.Time, Size: t.latest.Size})
	if at < 0 {
		return window // so many files of one time that the latest is not among them
	}
	return slices.Delete(window, at, at+1)
}

// compareSize returns Shrunk or Grew when size is out of proportion to the
// earlier sizes, oldest first.
func (r *Rule) compareSize(size int64, earlier []int64) Flag {
	if len(earlier) < trainingLeast {
		return FlagUnspecified
	}
	usual := usualSize(earlier)
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

// usualSize is the median of the last few sizes, the larger of two middle ones.
func usualSize(earlier []int64) int64 {
	sorted := slices.Sorted(slices.Values(earlier[max(0, len(earlier)-trainingFiles):]))
	return sorted[len(sorted)/2]
}

// percent is by how much size differs from what is usual.
func percent(size, usual int64) string {
	return fmt.Sprintf("%+.0f %%", (float64(size)/float64(usual)-1)*100)
}

// sizesApart formats two different sizes so that the texts differ too.
func sizesApart(a, b int64) (first, second string) {
	return apart(a, b, FormatSize, func(n int64) string { return fmt.Sprintf("%d B", n) })
}

// apart formats two different values, exactly when they look the same otherwise.
func apart[T any](a, b T, short, exact func(T) string) (first, second string) {
	if first, second = short(a), short(b); first == second {
		return exact(a), exact(b)
	}
	return first, second
}

// when writes an instant in the rule's zone.
func (r *Rule) when(t time.Time) string { return FormatInstant(t.In(r.Location)) }
