package incident

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/backup"
)

func TestDiskOf(t *testing.T) {
	disk := Subject{Environment: "prod", Disk: "db"}
	if got := DiskOf(dumps("a")); got != disk || !OfDisk(got) || OfDisk(dumps("a")) || OfDisk(Subject{Group: "a"}) {
		t.Errorf("%v", got)
	}
}

// Keys are stored: the hash stays what it is.
func TestHash(t *testing.T) {
	for _, texts := range [][]string{nil, {""}, {"a"}, {"prod", "db", "dumps", "%Y.gz", "a\xff"}, {strings.Repeat("x", 12345)}} {
		h := fnv.New64a()
		for _, text := range texts {
			fmt.Fprintf(h, "%d:%s", len(text), text)
		}
		if got := hash(texts...); got != h.Sum64() {
			t.Errorf("%.20q: %x", texts, got)
		}
	}
}

// Subjects whose names run into each other when written one after the other.
func TestKeysDiffer(t *testing.T) {
	names := []string{"", "a", "b", "ab", "1:a", ":", "0:", "a0:", "\x00"}
	keys := map[uint64]Subject{}
	for _, s := range subjects(names) {
		key := Key(s)
		if other, taken := keys[key]; taken {
			t.Fatalf("%q and %q have one key", s, other)
		}
		keys[key] = s
	}
}

// subjects are all that can be made of the names.
func subjects(names []string) []Subject {
	out := []Subject{{}}
	for _, place := range []func(*Subject) *string{
		func(s *Subject) *string { return &s.Environment }, func(s *Subject) *string { return &s.Disk },
		func(s *Subject) *string { return &s.Directory }, func(s *Subject) *string { return &s.File },
		func(s *Subject) *string { return &s.Group },
	} {
		var longer []Subject
		for _, s := range out {
			for _, name := range names {
				*place(&s) = name
				longer = append(longer, s)
			}
		}
		out = longer
	}
	return out
}

// FuzzKey splits a text at two places: other splits are other subjects.
func FuzzKey(f *testing.F) {
	f.Add("1:a2:bb", 3, 1)
	f.Add("0:0:0:", 2, 4)
	f.Fuzz(func(t *testing.T, text string, a, b int) {
		split := func(at int) Subject {
			at = ((at % (len(text) + 1)) + len(text) + 1) % (len(text) + 1)
			return Subject{Environment: "e", Disk: text[:at], Directory: text[at:]}
		}
		x, y := split(a), split(b)
		if (x == y) != (Key(x) == Key(y)) {
			t.Errorf("%q and %q: keys %x and %x", x, y, Key(x), Key(y))
		}
		if (x == y) != (GroupID(x.Disk, by(x)) == GroupID(y.Disk, by(y))) {
			t.Errorf("%q and %q: groups %s and %s", x, y, GroupID(x.Disk, by(x)), GroupID(y.Disk, by(y)))
		}
	})
}

func by(s Subject) map[string]string {
	return map[string]string{"env": s.Environment, "dir": s.Directory}
}

func TestGroupIDsDiffer(t *testing.T) {
	groups := []struct {
		receiver string
		by       map[string]string
	}{
		{"", nil},
		{"a", nil},
		{"b", nil},
		{"a b", nil},
		{`a" "x"="y`, nil},
		{"a", map[string]string{"x": "y"}},
		{"a", map[string]string{"y": "x"}},
		{"a", map[string]string{"x": ""}},
		{"a", map[string]string{"x": "y", "z": ""}},
		{"a", map[string]string{"x": `y" "z"="`}},
		{"a", map[string]string{`x"="y`: ""}},
		{"a", map[string]string{"x": "y\xff"}},
		{"a", map[string]string{"x": "y�"}},
	}
	seen := map[string]int{}
	for n, g := range groups {
		id := Group{Receiver: g.receiver, By: g.by}.ID()
		if other, taken := seen[id]; taken || id != GroupID(g.receiver, g.by) || len(id) != 32 {
			t.Errorf("group %d has the ID %q of group %d", n, id, other)
		}
		seen[id] = n
	}
}

// What is news has other content, and what isn't has the same.
func TestContent(t *testing.T) {
	of := func(what string, edit ...func(*Incident)) Incident {
		i := live(t, Incident{}, what)
		for _, e := range edit {
			e(&i)
		}
		return i
	}
	flapping := func(i *Incident) { i.Flapping = true }
	cases := []struct {
		name string
		a, b Incident
		same bool
	}{
		{"another state", of("LATE"), of("MISSING"), false},
		{"a flag more", of("LATE"), of("LATE SLOW"), false},
		{"another flag", of("LATE GREW"), of("LATE SLOW"), false},
		{"another severity", of("LATE"), of("LATE", func(i *Incident) { i.Severity = backup.SeverityCritical }), false},
		{"a slot is due", of("OK SLOW"), of("DUE SLOW"), true},
		{"one will be", of("OK SLOW"), of("PENDING SLOW"), true},
		{"other reasons", of("LATE"), of("LATE", func(i *Incident) { i.Reasons = []backup.Reason{{Text: "other"}} }), true},
		{"other facts", of("LATE"), of("LATE", func(i *Incident) { i.Facts.Missed = 7 }), true},
		{"another subject", of("LATE"), of("LATE", func(i *Incident) { i.Subject = dumps("b") }), true},
		{"another episode", of("LATE"), of("LATE", func(i *Incident) { i.ID, i.OpenedAt = "x", night.Add(1) }), true},
		{"flapping", of("LATE"), of("LATE", flapping), false},
		{"flapping anyhow", of("MISSING EMPTY", flapping), of("LATE", flapping), true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := c.a.Content() == c.b.Content(); got != c.same {
				t.Errorf("same content: %v", got)
			}
		})
	}
}

func TestSort(t *testing.T) {
	of := func(group string, severity backup.Severity, hour int) Incident {
		return Incident{Subject: dumps(group), Severity: severity, OpenedAt: night.AddDate(0, 0, hour)}
	}
	want := []Incident{
		of("z", backup.SeverityCritical, 1), of("a", backup.SeverityCritical, 2), of("b", backup.SeverityCritical, 2),
		of("a", backup.SeverityUnknown, 0), of("a", backup.SeverityWarning, 0), of("c", backup.SeverityWarning, 3),
	}
	for shift := range want {
		got := append(slices.Clone(want[shift:]), want[:shift]...)
		Sort(got)
		for n := range got {
			if got[n].Subject != want[n].Subject || got[n].Severity != want[n].Severity {
				t.Fatalf("place %d: %v %v", n, got[n].Subject, got[n].Severity)
			}
		}
	}
}
