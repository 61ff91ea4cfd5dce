package backup

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tenants is a definition whose groups appear and vanish with the disk's folders.
func tenants() *Definition {
	return newDefinition(newDirectory("db/{{tenant}}",
		newRule("full-%A", byModified, cron("0 2 * * *", "UTC")), newRule("log-%A", byModified)))
}

// A definition that matches nothing still has series.
func TestDefinitionThatMatchesNothing(t *testing.T) {
	tests := []struct {
		name       string
		definition *Definition
		want       []string
	}{
		{"literal directory", oneRule("%A"), []string{"MISSING db | %A | db"}},
		{"the disk's root", newDefinition(newDirectory(".", newRule("x-%A"))), []string{"MISSING . | x-%A | ."}},
		{"a percent sign in a literal directory", newDefinition(newDirectory("100%%", newRule("x-%A"))), []string{"MISSING 100%% | x-%A | 100%"}},
		{
			"directory with a variable", tenants(),
			[]string{"MISSING db/{{tenant}} | full-%A | db/{{tenant}}", "MISSING db/{{tenant}} | log-%A | db/{{tenant}}"},
		},
		{"no directories", newDefinition(), nil},
		{"a directory without rules", newDefinition(newDirectory("db")), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := evaluate(tt.definition, noon, nil, File{Key: "elsewhere/x", Size: 1, ModifiedAt: noon})
			equal(t, "series", names(o), tt.want)
		})
	}
}

// A series lives on in its status: the life of a disk's tenants, step by step.
func TestSeriesAppearAndVanish(t *testing.T) {
	acme := file("acme/full-1", noon.Add(-10*time.Hour), 5)
	zeta := file("zeta/full-1", noon.Add(-10*time.Hour), 5)
	marker := File{Key: "db/later/"}
	d := tenants()
	var known []Status
	steps := []struct {
		name  string
		after time.Duration
		files []File
		want  string
	}{
		{"nothing yet", 0, nil, "PENDING full db/{{tenant}}, MISSING log db/{{tenant}}"},
		{
			"a first tenant replaces the pattern", time.Minute,
			[]File{acme},
			"OK full db/acme, GONE full db/{{tenant}}, MISSING log db/acme, GONE log db/{{tenant}}",
		},
		{
			"a second one, and an empty folder", 2 * time.Minute,
			[]File{acme, zeta, marker},
			"OK full db/acme, PENDING full db/later, OK full db/zeta, MISSING log db/acme, MISSING log db/later, MISSING log db/zeta",
		},
		{
			"the empty folder goes: nothing to miss", 3 * time.Minute,
			[]File{acme, zeta},
			"OK full db/acme, GONE full db/later, OK full db/zeta, MISSING log db/acme, GONE log db/later, MISSING log db/zeta",
		},
		{
			"a tenant's files go: they are missed", 4 * time.Minute,
			[]File{acme},
			"OK full db/acme, MISSING full db/zeta, MISSING log db/acme, MISSING log db/zeta",
		},
		{
			"all go, and stay known", 5 * time.Minute, nil,
			"MISSING full db/acme, MISSING full db/zeta, MISSING log db/acme, MISSING log db/zeta",
		},
		{
			"one comes back", 6 * time.Minute,
			[]File{zeta},
			"MISSING full db/acme, OK full db/zeta, MISSING log db/acme, MISSING log db/zeta",
		},
	}
	for _, step := range steps {
		now := noon.Add(step.after)
		o := evaluate(d, now, append([]Status{}, known...), step.files...)
		var got []string
		for _, s := range o.Statuses {
			got = append(got, s.State.String()+" "+strings.TrimSuffix(s.Series.File, "-%A")+" "+s.Series.Group)
		}
		if diff := cmp.Diff(strings.Split(step.want, ", "), got); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", step.name, diff)
		}
		known = o.Statuses
	}
	acmeStatus, zetaStatus := known[0], known[1]
	same(t, "seen", acmeStatus.SeenAt, noon.Add(4*time.Minute).Format(time.RFC3339))
	same(t, "missing since", acmeStatus.Since, noon.Add(5*time.Minute).Format(time.RFC3339))
	same(t, "known since", acmeStatus.KnownSince, noon.Add(time.Minute).Format(time.RFC3339))
	same(t, "known since", zetaStatus.KnownSince, noon.Add(2*time.Minute).Format(time.RFC3339))
	same(t, "back since", zetaStatus.Since, noon.Add(6*time.Minute).Format(time.RFC3339))
}

// What a definition no longer accounts for has ended.
func TestSeriesEnd(t *testing.T) {
	files := []File{file("acme/full-1", noon, 5), file("acme/log-1", noon, 5)}
	known := evaluate(tenants(), noon, []Status{}, files...).Statuses
	full := cron("0 2 * * *", "UTC")
	renamed := newDirectory("db/{{customer}}", newRule("full-%A", full), newRule("log-%A"))
	renamed.Alias = "db/{{tenant}}"
	moved := newDirectory("dumps/{{tenant}}", newRule("full-%A", full), newRule("log-%A"))
	moved.Alias = "db/{{tenant}}"
	fused := newDirectory("db/{{tenant}}", newRule("full-%A", full), newRule("log-%A"))
	if err := fused.Pattern.Fuse([]string{"tenant"}); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name       string
		definition *Definition
		want       []string
	}{
		{"all is removed", newDefinition(), []string{"GONE db/{{tenant}} | full-%A | db/acme", "GONE db/{{tenant}} | log-%A | db/acme"}},
		{
			"a rule is removed", newDefinition(newDirectory("db/{{tenant}}", newRule("full-%A", full))),
			[]string{"MISSING db/{{tenant}} | full-%A | db/acme", "GONE db/{{tenant}} | log-%A | db/acme"},
		},
		{
			"the directory is written otherwise, the folder still fits", newDefinition(renamed),
			[]string{"MISSING db/{{tenant}} | full-%A | db/acme", "MISSING db/{{tenant}} | log-%A | db/acme"},
		},
		{
			"the directory moved, the old folder can't be its group", newDefinition(moved),
			[]string{
				"GONE db/{{tenant}} | full-%A | db/acme", "PENDING db/{{tenant}} | full-%A | dumps/{{tenant}}",
				"GONE db/{{tenant}} | log-%A | db/acme", "MISSING db/{{tenant}} | log-%A | dumps/{{tenant}}",
			},
		},
		{
			"groups are fused into one", newDefinition(fused),
			[]string{
				"GONE db/{{tenant}} | full-%A | db/acme", "PENDING db/{{tenant}} | full-%A | db/{{tenant}}",
				"GONE db/{{tenant}} | log-%A | db/acme", "MISSING db/{{tenant}} | log-%A | db/{{tenant}}",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := evaluate(tt.definition, noon.Add(time.Minute), known)
			equal(t, "series", names(o), tt.want)
			again := evaluate(tt.definition, noon.Add(2*time.Minute), o.Statuses)
			var lasting []string
			for _, name := range tt.want {
				if !strings.HasPrefix(name, "GONE") {
					lasting = append(lasting, name)
				}
			}
			equal(t, "series the next time", names(again), lasting)
		})
	}
	ended := known[0].End(noon.Add(time.Hour))
	equal(t, "last word", words(ended), "the series has ended: its rule or disk is no longer there, or its folder never held a backup and is gone")
	if ended.State != Gone || ended.Severity != SeverityOK || ended.Series != known[0].Series || !ended.Since.Equal(noon.Add(time.Hour)) {
		t.Errorf("ended as %+v", ended)
	}
}

// A fused group that is empty again is missed as any other.
func TestFusedGroupVanishes(t *testing.T) {
	d := newDefinition(newDirectory("db/{{tenant}}/%Y", newRule("%A")))
	if err := d.Directories[0].Pattern.Fuse([]string{"%Y"}); err != nil {
		t.Fatal(err)
	}
	first := evaluate(d, noon, []Status{}, file("acme/2025/a", noon, 1), file("acme/2026/b", noon, 1))
	equal(t, "series", names(first), []string{"OK db/{{tenant}}/%Y | %A | db/acme/%Y"})
	equal(t, "series", names(evaluate(d, noon, first.Statuses)), []string{"MISSING db/{{tenant}}/%Y | %A | db/acme/%Y"})
}

// The root's files can go too, and so can those of a folder like a pattern.
func TestLiteralGroupVanishes(t *testing.T) {
	for text, key := range map[string]string{".": "x", "100%%": "100%/x", "a/b": "a/b/x"} {
		d := newDefinition(newDirectory(text, newRule("x")))
		first := evaluate(d, noon, []Status{}, File{Key: key, Size: 1, ModifiedAt: noon})
		s := only(t, evaluate(d, noon.Add(time.Hour), first.Statuses))
		if s.State != Missing || s.Series != first.Statuses[0].Series || !s.SeenAt.Equal(noon) {
			t.Errorf("%q: %v %v, seen %v", text, s.State, s.Series, s.SeenAt)
		}
	}
}

// An error in a definition makes its own series UNKNOWN and no others.
func TestBrokenDefinitions(t *testing.T) {
	files := []File{file("acme/full-1", noon, 5), file("acme/log-1", noon, 5), {Key: "web/site", Size: 1, ModifiedAt: noon}}
	build := func(edit func(db *Directory)) *Definition {
		d := tenants()
		edit(d.Directories[0])
		d.Directories = append(d.Directories, newDirectory("web", newRule("site")))
		return d
	}
	known := evaluate(build(func(*Directory) {}), noon, []Status{}, files...).Statuses
	tests := []struct {
		name     string
		edit     func(db *Directory)
		previous []Status
		want     []string
		line     string
	}{
		{
			"a rule", func(db *Directory) { db.Rules[1].Broken = true }, known,
			[]string{"OK db/{{tenant}} | full-%A | db/acme", "UNKNOWN db/{{tenant}} | log-%A | db/acme", "OK web | site | web"},
			"line 7",
		},
		{
			"a directory", func(db *Directory) { db.Broken = true }, known,
			[]string{"UNKNOWN db/{{tenant}} | full-%A | db/acme", "UNKNOWN db/{{tenant}} | log-%A | db/acme", "OK web | site | web"},
			"line 3",
		},
		{
			"a directory whose rules can't be read", func(db *Directory) { db.Broken, db.Rules, db.Pattern = true, nil, nil }, known,
			[]string{"UNKNOWN db/{{tenant}} | full-%A | db/acme", "UNKNOWN db/{{tenant}} | log-%A | db/acme", "OK web | site | web"},
			"line 3",
		},
		{
			"a rule never seen before", func(db *Directory) { db.Rules[1].Broken = true },
			[]Status{},
			[]string{"OK db/{{tenant}} | full-%A | db/acme", "UNKNOWN db/{{tenant}} | log-%A | db/{{tenant}}", "OK web | site | web"},
			"line 7",
		},
		{
			"a directory never seen before", func(db *Directory) { db.Broken, db.Pattern = true, nil }, nil,
			[]string{"UNKNOWN db/{{tenant}} | full-%A | db/{{tenant}}", "UNKNOWN db/{{tenant}} | log-%A | db/{{tenant}}", "OK web | site | web"},
			"line 3",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			broken := evaluate(build(tt.edit), noon.Add(time.Hour), tt.previous, files...)
			equal(t, "series", names(broken), tt.want)
			for _, s := range broken.Statuses {
				if s.State == Unknown {
					equal(t, "reason", words(s), "its definition has an error ("+tt.line+"), so that it can't be judged; see the disk's problems")
				}
			}
			healed := evaluate(build(func(*Directory) {}), noon.Add(2*time.Hour), broken.Statuses, files...)
			var lasting []string
			for _, s := range healed.Statuses {
				if s.State != Gone {
					lasting = append(lasting, s.State.String()+" "+s.Series.File+" "+s.Series.Group)
				}
			}
			equal(t, "healed", lasting, []string{"OK full-%A db/acme", "OK log-%A db/acme", "OK site web"})
		})
	}
}

// A disk that can't be seen: UNKNOWN, the last facts kept, nothing to purge.
func TestBlind(t *testing.T) {
	purge := func(r *Rule) { r.Retention = Retention{Purge: true, Count: 1, Age: time.Hour} }
	known := evaluate(oneRule("%A", byModified, purge, cron("0 2 * * *", "UTC")), noon, []Status{},
		file("new", noon.Add(-9*time.Hour), 0), file("good", noon.Add(-10*time.Hour), 7), file("old", noon.Add(-90*Day), 7)).Statuses
	if len(known) != 1 || known[0].Expired.Count != 1 || len(known[0].Flags) != 1 {
		t.Fatalf("the test's series is %+v", known)
	}
	blind := Blind(known, "the endpoint does not answer", noon.Add(time.Hour))
	want := known[0]
	want.State, want.Severity, want.Since, want.EvaluatedAt = Unknown, SeverityUnknown, noon.Add(time.Hour), noon.Add(time.Hour)
	want.Flags, want.Expired, want.Slot.NextDeadline = nil, ExpiredFacts{}, time.Time{}
	want.Reasons = []Reason{{Code: "UNKNOWN", Text: "the endpoint does not answer"}}
	equal(t, "blind status", blind, []Status{want})

	later := Blind(append(blind, known[0].End(noon)), "access denied", noon.Add(2*time.Hour))
	if len(later) != 1 || !later[0].Since.Equal(noon.Add(time.Hour)) || words(later[0]) != "access denied" {
		t.Errorf("blind for longer: %+v", later)
	}
	if none := Blind(nil, "x", noon); len(none) != 0 {
		t.Errorf("of nothing known: %+v", none)
	}
}

// Statuses fed back at the same instant with the same files change nothing, in
// whatever order they come: restarts are invisible.
func TestFinishIsIdempotent(t *testing.T) {
	for seed := range uint64(300) {
		rng := random(seed)
		d := tenants()
		d.Directories = append(d.Directories, newDirectory("web", newRule("site", cron("*/5 * * * *", "Europe/Berlin"))))
		d.Directories[0].Rules[1].Broken = rng.IntN(4) == 0
		var files []File
		for _, name := range []string{"acme/full-1", "acme/full-2", "acme/log-1", "zeta/full-1", "zeta/log-1", "zeta/"} {
			if rng.IntN(2) == 0 {
				files = append(files, file(name, noon.Add(-time.Duration(rng.IntN(90)-2)*time.Hour), int64(rng.IntN(3))))
			}
		}
		var memory []Status // nil in every second case: one shot
		if rng.IntN(2) == 0 {
			memory = evaluate(d, noon.Add(-time.Duration(rng.IntN(99))*time.Hour), []Status{}, shuffled(rng, files)[:rng.IntN(len(files)+1)]...).Statuses
		}
		first := evaluate(d, noon, memory, files...)
		fed := slices.DeleteFunc(slices.Clone(first.Statuses), func(s Status) bool { return s.State == Gone })
		previous := slices.Clone(fed)
		rng.Shuffle(len(previous), func(i, j int) { previous[i], previous[j] = previous[j], previous[i] })
		second := evaluate(d, noon, previous, shuffled(rng, files)...)
		if diff := cmp.Diff(fed, second.Statuses); diff != "" {
			t.Fatalf("seed %d: fed back, the statuses change (-first +second):\n%s", seed, diff)
		}
	}
}

// Since is when the state began, however often it is evaluated.
func TestSinceOverTime(t *testing.T) {
	d := oneRule("%A", byModified, cron("0 2 * * *", "UTC"))
	known, files := []Status{}, []File{file("a", instant("2026-01-14T02:05:00Z"), 1)}
	for _, step := range []struct{ now, state, since string }{
		{"2026-01-14T12:00:00Z", "OK", "2026-01-14T12:00:00Z"},
		{"2026-01-14T13:00:00Z", "OK", "2026-01-14T12:00:00Z"},
		{"2026-01-15T02:30:00Z", "DUE", "2026-01-15T02:00:00Z"},
		{"2026-01-15T12:00:00Z", "LATE", "2026-01-15T03:00:00Z"},
		{"2026-01-15T13:00:00Z", "LATE", "2026-01-15T03:00:00Z"},
		{"2026-01-17T12:00:00Z", "MISSING", "2026-01-16T03:00:00Z"},
		{"2026-01-18T12:00:00Z", "MISSING", "2026-01-16T03:00:00Z"},
	} {
		s := only(t, evaluate(d, instant(step.now), known, files...))
		if s.State.String() != step.state {
			t.Errorf("%s: %v, want %s", step.now, s.State, step.state)
		}
		same(t, step.now+": since", s.Since, step.since)
		same(t, step.now+": known since", s.KnownSince, "2026-01-14T12:00:00Z")
		same(t, step.now+": seen", s.SeenAt, step.now)
		same(t, step.now+": evaluated", s.EvaluatedAt, step.now)
		known = []Status{s}
	}
}

func TestNextDeadlineOfADisk(t *testing.T) {
	d := newDefinition(newDirectory("db",
		newRule("a", byModified, cron("0 2 * * *", "UTC")), newRule("b", byModified, cron("0 14 * * *", "UTC")),
		newRule("c", byModified), newRule("d", byModified, cron("0 13 1 1 *", "UTC"))))
	o := evaluate(d, noon, nil, file("a", noon, 1), file("b", noon, 1), file("c", noon, 1))
	same(t, "next deadline", o.NextDeadline, "2026-01-15T15:00:00Z")
	same(t, "without a schedule", evaluate(oneRule("c"), noon, nil).NextDeadline, "")
}

// A status says by which rules it was judged, and what was found.
func TestPolicyAndFacts(t *testing.T) {
	rule := func(r *Rule) {
		r.Retention = Retention{Purge: true, Count: 2, Age: Day, Keep: Keep{Weekly: 4}}
		r.Labels = map[string]string{"team": "db"}
		r.MinSize = 5
	}
	s := only(t, evaluate(oneRule("%A", cron("0 2 * * *", "Europe/Berlin"), byModified, rule), noon, nil,
		file("a", noon.Add(-time.Hour), 4), file("b", noon.Add(-2*time.Hour), 6)))
	equal(t, "policy", s.Policy, Policy{
		Schedule: "0 2 * * *", Timezone: "Europe/Berlin", Grace: time.Hour, Sort: "modified_at", Purge: true,
		RetentionCount: 2, RetentionAge: Day, Keep: Keep{Weekly: 4}, Labels: map[string]string{"team": "db"}, Line: 7, Early: 15 * time.Minute, MinSize: 5,
	})
	equal(t, "files", s.Files, FileFacts{
		Count: 2, Young: 2, Bytes: 10, Latest: &LatestFile{File: file("a", noon.Add(-time.Hour), 4), Time: noon.Add(-time.Hour)},
		Recent: []RecentFile{{noon.Add(-time.Hour), 4}, {noon.Add(-2 * time.Hour), 6}},
	})
	equal(t, "series", s.Series.String(), "env / disk / db / %A / db")
}

func TestSeriesOrder(t *testing.T) {
	ids := []SeriesID{
		{"b", "a", "a", "a", "a"},
		{"a", "b", "a", "a", "a"},
		{"a", "a", "b", "a", "a"},
		{"a", "a", "a", "b", "a"},
		{"a", "a", "a", "a", "b"},
		{"a", "a", "a", "a", "a"},
	}
	slices.SortFunc(ids, SeriesID.Compare)
	for i, last := range []string{"a / a / a / a / a", "a / a / a / a / b", "a / a / a / b / a", "a / a / b / a / a", "a / b / a / a / a", "b / a / a / a / a"} {
		equal(t, "order", ids[i].String(), last)
	}
}

// TestRuleThatSeemsGone keeps series of rules that an error may only have hidden.
func TestRuleThatSeemsGone(t *testing.T) {
	now := noon
	before := evaluate(oneRule("x-%Y%M%D.gz"), now, []Status{}, file("db/x-20260115.gz", now, 5)).Statuses
	renamed := oneRule("y-%Y%M%D.gz")
	if s := states(evaluate(renamed, now, before)); s[before[0].Series.File] != Gone {
		t.Errorf("the rule was removed from sound definitions: %v, want GONE", s)
	}
	renamed.Problems = []Problem{{Level: Error, Message: "something is mistyped"}}
	if s := states(evaluate(renamed, now, before)); s[before[0].Series.File] != Unknown {
		t.Errorf("the rule is not in unsound definitions: %v, want UNKNOWN", s)
	}
	renamed.Problems = []Problem{{Level: Warning, Message: "something is odd"}}
	if s := states(evaluate(renamed, now, before)); s[before[0].Series.File] != Gone {
		t.Errorf("a warning is no reason to doubt: %v, want GONE", s)
	}
}

// states are an outcome's states by the alias of the rule.
func states(o Outcome) map[string]State {
	out := map[string]State{}
	for _, s := range o.Statuses {
		out[s.Series.File] = s.State
	}
	return out
}
