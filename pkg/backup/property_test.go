package backup

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// scenario is a random disk: two rules in one folder, the second of which claims
// some of the first one's files too.
type scenario struct {
	seed       uint64
	rng        *rand.Rand
	now        time.Time
	definition *Definition
	files      []File
}

var zones = []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"}

func newScenario(seed uint64) *scenario {
	rng := random(seed)
	s := &scenario{seed: seed, rng: rng}
	s.now = time.Date(2020+rng.IntN(8), time.Month(1+rng.IntN(12)), 1+rng.IntN(28), rng.IntN(24), rng.IntN(60), 0, 0, time.UTC)
	s.definition = newDefinition(newDirectory("db", s.rule("f-%A"), s.rule("f-x%A")))
	step := []time.Duration{time.Minute, 20 * time.Minute, time.Hour, 7 * time.Hour, Day, 5 * Day, 20 * Day, 200 * Day}[rng.IntN(8)]
	for i := range rng.IntN(45) {
		s.files = append(s.files, s.file(i, step))
	}
	return s
}

func (s *scenario) rule(text string) *Rule {
	rng := s.rng
	few := func() int { return max(0, rng.IntN(8)-3) }
	r := newRule(text, byModified)
	r.Location = zone(zones[rng.IntN(len(zones))])
	r.MinSize = []int64{0, 0, 2, 50}[rng.IntN(4)]
	r.Retention = Retention{Purge: rng.IntN(8) > 0, Count: few()}
	if rng.IntN(2) == 0 {
		r.Retention.Age = time.Duration(rng.IntN(60)) * []time.Duration{time.Minute, time.Hour, Day}[rng.IntN(3)]
	}
	if rng.IntN(3) > 0 {
		r.Retention.Keep = Keep{Last: few(), Hourly: few(), Daily: few(), Weekly: few(), Monthly: few(), Yearly: few()}
	}
	if rng.IntN(4) == 0 {
		r.Retention.Keep.Within = time.Duration(rng.IntN(100)) * []time.Duration{time.Minute, time.Hour, Day}[rng.IntN(3)]
	}
	if rng.IntN(3) == 0 {
		r.Retention = r.Retention.WithDefaults()
	}
	return r
}

// file makes one file: times repeat, some lie ahead of now, sizes may be bad.
func (s *scenario) file(number int, step time.Duration) File {
	rng := s.rng
	name := fmt.Sprintf("f-%02d", number)
	if rng.IntN(6) == 0 {
		name = fmt.Sprintf("f-x%02d", number)
	}
	modified := s.now.Add(-time.Duration(rng.IntN(30)) * step)
	switch rng.IntN(12) {
	case 0:
		modified = s.now.Add(FutureTolerance + time.Duration(rng.IntN(3)-1)*time.Second)
	case 1:
		modified = modified.Add(time.Duration(rng.IntN(3600)) * time.Second)
	}
	return file(name, modified, []int64{0, 1, 49, 50, 1000, 1000, 1 << 20, 9 << 20}[rng.IntN(8)])
}

// dated lists the files of one rule as the oracle wants them.
func (s *scenario) dated(r *Rule) []Dated {
	var list []Dated
	for _, f := range s.files {
		claimed := strings.HasPrefix(f.Key, "db/f-x")
		if claimed || r.Text == "f-%A" {
			list = append(list, Dated{File: f, Time: f.ModifiedAt, Ambiguous: claimed})
		}
	}
	return list
}

// streamed evaluates the files in random order, split at random into evaluations
// that are merged at random.
func (s *scenario) streamed(files []File) []Status {
	plan := NewPlan(s.definition)
	parts := make([]*Evaluation, 1+s.rng.IntN(4))
	for i := range parts {
		parts[i] = plan.Evaluation(s.now)
	}
	for _, f := range shuffled(s.rng, files) {
		parts[s.rng.IntN(len(parts))].Add(f)
	}
	for len(parts) > 1 {
		into, from := s.rng.IntN(len(parts)-1), len(parts)-1
		parts[into].Merge(parts[from])
		parts = parts[:from]
	}
	return parts[0].Finish("env", "disk", nil).Statuses
}

func expiredKeys(s Status) []string {
	var keys []string
	for _, f := range s.Expired.Files {
		keys = append(keys, f.Key)
	}
	slices.Sort(keys)
	return keys
}

func trueKeys(set map[string]bool) []string {
	var keys []string
	for key, in := range set {
		if in {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// facts is what streaming, Retain and the oracle must agree on.
type facts struct {
	Count, Young, Future int
	Bytes                int64
	Latest               string
	Recent               []RecentFile
	Expired              []string
	ExpiredCount         int
	ExpiredBytes         int64
}

func (o oracle) facts() facts {
	return facts{o.count, o.young, o.future, o.bytes, o.latest, o.recent, trueKeys(o.expired), len(o.expired), o.expiredBytes}
}

func factsOf(s Status) facts {
	f := facts{
		Count: s.Files.Count, Young: s.Files.Young, Future: s.Files.Future, Bytes: s.Files.Bytes, Recent: s.Files.Recent,
		Expired: expiredKeys(s), ExpiredCount: s.Expired.Count, ExpiredBytes: s.Expired.Bytes,
	}
	if s.Files.Latest != nil {
		f.Latest = s.Files.Latest.Key
	}
	return f
}

// verify checks one scenario against the oracle and the promises of retention.
func (s *scenario) verify(t *testing.T) {
	t.Helper()
	first := s.streamed(s.files)
	for i, r := range s.definition.Directories[0].Rules {
		status, want := first[i], consult(r, s.dated(r), s.now)
		if diff := cmp.Diff(want.facts(), factsOf(status)); diff != "" {
			t.Fatalf("seed %d, rule %q, policy %+v: streaming differs from the oracle (-oracle +streaming):\n%s", s.seed, r.Text, r.Retention, diff)
		}
		s.verifyRetain(t, r, want)
		s.verifyPromises(t, r, want)
	}
	s.verifyIdempotent(t, first)
	s.verifyMonotone(t, first)
}

func (s *scenario) verifyRetain(t *testing.T, r *Rule, want oracle) {
	t.Helper()
	expired := map[string]bool{}
	for i, d := range Retain(r, s.dated(r), s.now) {
		expired[d.Key] = d.Expired
		if len(d.Reasons) == 0 || d.Rank != i+1 {
			t.Fatalf("seed %d, rule %q: %s has rank %d at place %d and reasons %q", s.seed, r.Text, d.Key, d.Rank, i+1, d.Reasons)
		}
	}
	if diff := cmp.Diff(trueKeys(want.expired), trueKeys(expired)); diff != "" {
		t.Fatalf("seed %d, rule %q, policy %+v: Retain differs from the oracle (-oracle +Retain):\n%s", s.seed, r.Text, r.Retention, diff)
	}
}

// verifyPromises: the newest good file stays, and so many good ones as promised.
func (s *scenario) verifyPromises(t *testing.T, r *Rule, o oracle) {
	t.Helper()
	left := 0
	for i, f := range o.good {
		if !o.expired[f.Key] {
			left++
		} else if i == 0 {
			t.Fatalf("seed %d, rule %q: the newest good file %s expired", s.seed, r.Text, f.Key)
		}
	}
	if promised := min(len(o.good), max(1, r.Retention.Count)); left < promised {
		t.Fatalf("seed %d, rule %q: %d good files left, promised %d", s.seed, r.Text, left, promised)
	}
}

// verifyIdempotent: when the expired files are gone, no other expires.
func (s *scenario) verifyIdempotent(t *testing.T, first []Status) {
	t.Helper()
	gone := map[string]bool{}
	for _, status := range first {
		for _, f := range status.Expired.Files {
			gone[f.Key] = true
		}
	}
	rest := slices.DeleteFunc(slices.Clone(s.files), func(f File) bool { return gone[f.Key] })
	for _, again := range s.streamed(rest) {
		if again.Expired.Count != 0 {
			t.Fatalf("seed %d, %v: %v expired after %v had been deleted", s.seed, again.Series, expiredKeys(again), trueKeys(gone))
		}
	}
}

// verifyMonotone: a good file that has expired stays so, whatever comes after it.
func (s *scenario) verifyMonotone(t *testing.T, first []Status) {
	t.Helper()
	when := []time.Time{s.now.Add(-40 * 200 * Day), s.now, s.now.Add(-time.Duration(s.rng.IntN(100)) * Day)}[s.rng.IntN(3)]
	for i, after := range s.streamed(append(slices.Clone(s.files), file("f-more", when, 9<<20))) {
		now := expiredKeys(after)
		for _, f := range first[i].Expired.Files {
			if s.definition.Directories[0].Rules[i].Good(f.Size) && !slices.Contains(now, f.Key) {
				t.Fatalf("seed %d, %v: %s is kept again after a file of %s was added", s.seed, after.Series, f.Key, when)
			}
		}
	}
}

func TestStreamingEqualsTheWholeList(t *testing.T) {
	expired, kept := 0, 0
	for seed := range uint64(5000) {
		s := newScenario(seed)
		s.verify(t)
		for _, r := range s.definition.Directories[0].Rules {
			o := consult(r, s.dated(r), s.now)
			expired, kept = expired+len(o.expired), kept+o.count-len(o.expired)
		}
	}
	if expired < 10_000 || kept < 10_000 {
		t.Errorf("the scenarios are too tame: %d files expired, %d kept", expired, kept)
	}
}

func FuzzStreamingEqualsTheWholeList(f *testing.F) {
	f.Add(uint64(1 << 40))
	f.Fuzz(func(t *testing.T, seed uint64) { newScenario(seed).verify(t) })
}
