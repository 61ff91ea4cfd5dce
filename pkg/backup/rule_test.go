package backup

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata" // the tests' zones, whatever the machine has
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/pattern"
	"github.com/backmon/backmon/pkg/schedule"
)

// This file holds what all tests of the package build their cases with.

// noon is "now" wherever a test has no reason for another instant.
var noon = instant("2026-01-15T12:00:00Z")

// instant reads RFC 3339.
func instant(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// zone loads a time zone by its IANA name.
func zone(name string) *time.Location {
	location, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return location
}

// newRule makes a sound rule with the defaults of a definition; directory gives it
// its pattern.
func newRule(text string, edits ...func(*Rule)) *Rule {
	r := &Rule{
		Alias: text, Text: text, Location: time.UTC, Line: 7,
		Grace: DefaultGrace, Early: DefaultEarly, MaxShrink: DefaultMaxShrink, MaxGrow: DefaultMaxGrow,
	}
	for _, edit := range edits {
		edit(r)
	}
	return r
}

// cron gives a rule a schedule in a zone.
func cron(expression, zoneName string) func(*Rule) {
	return func(r *Rule) {
		r.Location = zone(zoneName)
		s, err := schedule.Parse(expression, r.Location)
		if err != nil {
			panic(err)
		}
		r.Schedule = s
	}
}

// byModified orders a rule's files by their time of modification.
func byModified(r *Rule) { r.Sort = SortModifiedAt }

// newDirectory parses the patterns of a directory and of its rules.
func newDirectory(text string, rules ...*Rule) *Directory {
	parsed, err := pattern.ParseDirectory(text)
	if err != nil {
		panic(err)
	}
	for _, r := range rules {
		if r.Pattern, err = parsed.ParseFile(r.Text); err != nil {
			panic(err)
		}
	}
	return &Directory{Alias: text, Text: text, Pattern: parsed, Rules: rules, Line: 3}
}

func newDefinition(directories ...*Directory) *Definition {
	return &Definition{Directories: directories}
}

// oneRule is a definition of one rule in the directory "db".
func oneRule(text string, edits ...func(*Rule)) *Definition {
	return newDefinition(newDirectory("db", newRule(text, edits...)))
}

// file is a file of "db" without a .stat file.
func file(name string, modified time.Time, size int64) File {
	return File{Key: "db/" + name, Size: size, ModifiedAt: modified}
}

// evaluate runs a whole evaluation of the disk "env" / "disk".
func evaluate(d *Definition, now time.Time, previous []Status, files ...File) Outcome {
	e := NewPlan(d).Evaluation(now)
	for _, f := range files {
		e.Add(f)
	}
	return e.Finish("env", "disk", previous)
}

// only returns the status of an outcome that must have exactly one.
func only(t *testing.T, o Outcome) Status {
	t.Helper()
	if len(o.Statuses) != 1 {
		t.Fatalf("got %d statuses, want one: %v", len(o.Statuses), names(o))
	}
	return o.Statuses[0]
}

// names lists the states of an outcome's series: "STATE directory/file/group".
func names(o Outcome) []string {
	var list []string
	for _, s := range o.Statuses {
		list = append(list, fmt.Sprintf("%s %s | %s | %s", s.State, s.Series.Directory, s.Series.File, s.Series.Group))
	}
	return list
}

// equal compares with cmp and shows the difference.
func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", what, diff)
	}
}

// random returns a source that depends on nothing but the seed.
func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 2026)) }

// shuffled returns a copy of the files in random order.
func shuffled(rng *rand.Rand, files []File) []File {
	mixed := append([]File(nil), files...)
	rng.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	return mixed
}

// sharesMemory reports whether part is cut from whole, byte for byte in place.
func sharesMemory(part, whole string) bool {
	first := uintptr(unsafe.Pointer(unsafe.StringData(whole)))
	at := uintptr(unsafe.Pointer(unsafe.StringData(part)))
	return at >= first && at < first+uintptr(len(whole))
}
