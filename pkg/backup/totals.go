package backup

import (
	"slices"
	"strings"

	"github.com/backmon/backmon/pkg/pattern"
)

// maxSamples is how many examples of odd files are shown.
const maxSamples = 20

// sample keeps the first maxSamples keys in byte order, so that the examples are
// the same whatever the order of the listing.
func sample(samples []string, key string) []string {
	at, found := slices.BinarySearch(samples, key)
	if found || at >= maxSamples {
		return samples
	}
	if len(samples) == maxSamples {
		samples = samples[:maxSamples-1]
	}
	return slices.Insert(samples, at, strings.Clone(key))
}

func sampleAmbiguous(samples []AmbiguousFile, f AmbiguousFile) []AmbiguousFile {
	at, found := slices.BinarySearchFunc(samples, f.Key, func(s AmbiguousFile, key string) int {
		return strings.Compare(s.Key, key)
	})
	if found || at >= maxSamples {
		return samples
	}
	if len(samples) == maxSamples {
		samples = samples[:maxSamples-1]
	}
	f.Key = strings.Clone(f.Key)
	return slices.Insert(samples, at, f)
}

func (e *Evaluation) noteAmbiguous(key string, hits []pattern.Hit) {
	e.totals.Ambiguous++
	f := AmbiguousFile{Key: key}
	for _, h := range hits {
		f.Rules = append(f.Rules, e.plan.directories[h.Directory].rules[h.File])
	}
	e.totals.AmbiguousSamples = sampleAmbiguous(e.totals.AmbiguousSamples, f)
}

func (t *Totals) merge(o Totals) {
	t.Files += o.Files
	t.Bytes += o.Bytes
	t.Matched += o.Matched
	t.Unmatched += o.Unmatched
	t.Ambiguous += o.Ambiguous
	t.OrphanedStats += o.OrphanedStats
	for _, key := range o.UnmatchedSamples {
		t.UnmatchedSamples = sample(t.UnmatchedSamples, key)
	}
	for _, f := range o.AmbiguousSamples {
		t.AmbiguousSamples = sampleAmbiguous(t.AmbiguousSamples, f)
	}
}
