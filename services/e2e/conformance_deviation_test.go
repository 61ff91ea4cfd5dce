package e2e

import (
	"fmt"
	"maps"
	"slices"
	"testing"
)

// deviation is one sample that differs from upstream's on purpose. A value may
// be absent.
type deviation struct {
	sample         string
	upstream, ours float64
	reason         string
}

// check takes the deviation out of both outputs, and fails if it isn't there.
func (d deviation) check(t *testing.T, ours, want samples) {
	t.Helper()
	was, is := value(want, d.sample), value(ours, d.sample)
	if !same(was, d.upstream) || !same(is, d.ours) {
		t.Errorf("%s: upstream %v, ours %v; the table has %v and %v: %s", d.sample, was, is, d.upstream, d.ours, d.reason)
	}
	delete(ours, d.sample)
	delete(want, d.sample)
}

// appears are samples that only we have.
func appears(reason string, parts ...samples) []deviation {
	return each(parts, func(sample string, v float64) deviation { return deviation{sample, absent, v, reason} })
}

// disappears are samples that only upstream has.
func disappears(reason string, parts ...samples) []deviation {
	return each(parts, func(sample string, v float64) deviation { return deviation{sample, v, absent, reason} })
}

func each(parts []samples, make func(sample string, v float64) deviation) []deviation {
	var all []deviation
	for _, part := range parts {
		for _, sample := range slices.Sorted(maps.Keys(part)) {
			all = append(all, make(sample, part[sample]))
		}
	}
	return all
}

// unsound is the status of definitions with an error, of which upstream says nothing.
func unsound(what string) []deviation {
	return []deviation{{"definition_status{}", 1, 0, what + ": the definitions have an error, which upstream leaves to its log"}}
}

func series(metric, directory, file, group string) string {
	return fmt.Sprintf("%s{dir=%q,file=%q,group=%q}", metric, directory, file, group)
}

// rule are the samples of a file rule without a schedule and a retention-age.
func rule(directory, file string, countMax float64) samples {
	labels := fmt.Sprintf("{dir=%q,file=%q}", directory, file)
	return samples{"backup_file_age_max_seconds" + labels: 0, "backup_file_count_max" + labels: countMax}
}

// found is what a series has; at is every time of its newest file.
type found struct{ count, size, at float64 }

// group are the samples of a series whose files are all older than its retention-age.
func group(directory, file, group string, f found) samples {
	all := samples{}
	set := func(metric string, v float64) { all[series(metric, directory, file, group)] = v }
	set("backup_file_count", f.count)
	set("backup_file_young_count", 0)
	if f.count == 0 {
		return all
	}
	for _, what := range []string{"created", "born", "modified", "archived"} {
		set("backup_latest_file_"+what+"_at_timestamp_seconds", f.at)
	}
	set("backup_latest_file_creation_duration", 0)
	set("backup_latest_size_bytes", f.size)
	return all
}
