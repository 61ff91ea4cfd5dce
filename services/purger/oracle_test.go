package purger

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// oracleRule is a rule as the oracle knows it: in its own words, without a line
// of the program's.
type oracleRule struct {
	directory, file int // of the tables below
	purge           bool
	sort            string
	minSize         int64
	count           int           // retention-count; 0: not given
	age             time.Duration // retention-age; 0: not given
	last            int
	hourly, daily   int
	weekly, monthly int
	within          time.Duration
}

// oraclePattern is a pattern in the program's language and in that of regexp.
type oraclePattern struct {
	text  string
	match *regexp.Regexp
}

//nolint:gochecknoglobals // tables, never written to
var (
	oracleDirectories = []oraclePattern{
		{"db/{{tenant}}", regexp.MustCompile(`^db/[a-z]+$`)},
		{"db/a", regexp.MustCompile(`^db/a$`)},
		{".", regexp.MustCompile(`^\.$`)},
	}
	oracleFiles = []oraclePattern{
		{"d-%Y%M%D.gz", regexp.MustCompile(`^d-(\d{4})(\d\d)(\d\d)\.gz$`)},
		{"d-%I.gz", regexp.MustCompile(`^d-\d+\.gz$`)},
		{"x-%I.sql", regexp.MustCompile(`^x-\d+\.sql$`)},
	}
)

// definitionsOf is the rules as definitions. Rules of one directory stand together.
func definitionsOf(rules []oracleRule) string {
	var b strings.Builder
	b.WriteString("directories:\n")
	for i, directory := range oracleDirectories {
		head := fmt.Sprintf("  %q:\n    alias: dir%d\n    files:\n", directory.text, i)
		for _, r := range rules {
			if r.directory == i {
				b.WriteString(head + r.text())
				head = ""
			}
		}
	}
	return b.String()
}

func (r oracleRule) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "      %q: {alias: file%d, purge: %t, sort: %s", oracleFiles[r.file].text, r.file, r.purge, r.sort)
	set := func(key string, n int) {
		if n > 0 {
			fmt.Fprintf(&b, ", %s: %d", key, n)
		}
	}
	set("min-size", int(r.minSize))
	set("retention-count", r.count)
	set("keep-last", r.last)
	set("keep-hourly", r.hourly)
	set("keep-daily", r.daily)
	set("keep-weekly", r.weekly)
	set("keep-monthly", r.monthly)
	for key, d := range map[string]time.Duration{"retention-age": r.age, "keep-within": r.within} {
		if d > 0 {
			fmt.Fprintf(&b, ", %s: %dh", key, d/time.Hour)
		}
	}
	b.WriteString("}\n")
	return b.String()
}

// dated is a file with the time that the rule's sort gives it.
type dated struct {
	memFile
	at time.Time
}

// split cuts a key into its folder, "." for the root, and its name.
func split(key string) (folder, name string) {
	if at := strings.LastIndexByte(key, '/'); at >= 0 {
		return key[:at], key[at+1:]
	}
	return ".", key
}

func (r oracleRule) matches(key string) bool {
	folder, name := split(key)
	return oracleDirectories[r.directory].match.MatchString(folder) && oracleFiles[r.file].match.MatchString(name)
}

// series lists the files of the rule in one folder, the newest first.
func (r oracleRule) series(files map[string]memFile, folder string) []dated {
	var all []dated
	for _, key := range slices.Sorted(maps.Keys(files)) {
		if in, _ := split(key); in == folder && r.matches(key) {
			all = append(all, dated{files[key], r.time(files, files[key])})
		}
	}
	slices.SortFunc(all, func(a, b dated) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.key, a.key)) })
	return all
}

// time is when a file was made: by its .stat file, its name, or the storage.
func (r oracleRule) time(files map[string]memFile, f memFile) time.Time {
	_, name := split(f.key)
	if born, ok := strings.CutPrefix(files[f.key+".stat"].data, "born_at: "); ok && r.sort == "born_at" {
		seconds, _ := strconv.ParseInt(born, 10, 64)
		return time.Unix(seconds, 0).UTC()
	}
	if parts := oracleFiles[r.file].match.FindStringSubmatch(name); r.sort == "interpolation" && len(parts) == 4 {
		day, err := time.Parse("20060102", parts[1]+parts[2]+parts[3])
		if err == nil {
			return day.Add(f.modified.Sub(f.modified.Truncate(24 * time.Hour)))
		}
	}
	return f.modified
}

// keeps says why a file must not be deleted, now that the disk holds these files;
// empty when it may go.
func keeps(rules []oracleRule, files map[string]memFile, key string, now time.Time) string {
	var hits []oracleRule
	for _, r := range rules {
		if r.matches(key) {
			hits = append(hits, r)
		}
	}
	switch {
	case len(hits) == 0:
		return "no rule matches it"
	case len(hits) > 1:
		return "two rules match it"
	case !hits[0].purge:
		return "purge is off"
	}
	folder, _ := split(key)
	return hits[0].keeps(hits[0].series(files, folder), key, now)
}

func (r oracleRule) keeps(all []dated, key string, now time.Time) string {
	var past, good []dated
	var file dated
	for _, f := range all {
		if f.key == key {
			file = f
		}
		if f.at.After(now.Add(10 * time.Minute)) {
			continue
		}
		past = append(past, f)
		if f.size > 0 && f.size >= r.minSize {
			good = append(good, f)
		}
	}
	count, age := r.bounds()
	switch {
	case file.at.After(now.Add(10 * time.Minute)):
		return "it is of the future"
	case len(past)-1 < max(1, count):
		return "too few would be left"
	case len(good) == 0 || past[0].key == key || good[0].key == key:
		return "it is the newest"
	case age > 0 && now.Sub(file.at) < age:
		return "it is young"
	}
	kept := r.clauses(good, count)
	if file.size > 0 && file.size >= r.minSize {
		return kept[key]
	}
	return r.keepsBad(file, good, kept, count)
}

// bounds are retention-count and retention-age with what stands in for the one
// that is not given.
func (r oracleRule) bounds() (count int, age time.Duration) {
	keep := r.last + r.hourly + r.daily + r.weekly + r.monthly + int(r.within)
	if count, age = r.count, r.age; keep > 0 && count == 0 && age == 0 {
		return 0, 0
	}
	if count == 0 {
		count = 3
	}
	if age == 0 {
		age = 7 * 24 * time.Hour
	}
	return count, age
}

// clauses says of the good files, newest first, which are kept and by what.
func (r oracleRule) clauses(good []dated, count int) map[string]string {
	kept := map[string]string{}
	for i, f := range good {
		if i < count || i < r.last {
			kept[f.key] = "it is one of the newest"
		}
		if r.within > 0 && good[0].at.Sub(f.at) < r.within {
			kept[f.key] = "it is near the newest"
		}
	}
	for _, clause := range []struct {
		places int
		period func(time.Time) string
	}{
		{r.hourly, func(t time.Time) string { return t.Format("2006010215") }},
		{r.daily, func(t time.Time) string { return t.Format("20060102") }},
		{r.weekly, func(t time.Time) string { year, week := t.ISOWeek(); return fmt.Sprint(year, " ", week) }},
		{r.monthly, func(t time.Time) string { return t.Format("200601") }},
	} {
		filled := map[string]bool{}
		for _, f := range good {
			if p := clause.period(f.at.UTC()); !filled[p] && len(filled) < clause.places {
				filled[p] = true
				kept[f.key] = "it is the newest of its period"
			}
		}
		if len(filled) < clause.places {
			kept[good[len(good)-1].key] = "it is the oldest while places are left"
		}
	}
	return kept
}

// keepsBad: a file that is no backup goes when enough good ones are kept and all
// of them are newer.
func (r oracleRule) keepsBad(file dated, good []dated, kept map[string]string, count int) string {
	newer := 0
	for _, f := range good {
		if kept[f.key] == "" {
			continue
		}
		if c := f.at.Compare(file.at); c < 0 || c == 0 && f.key < file.key {
			return "a good one that is kept is older"
		}
		newer++
	}
	if newer < max(1, count) {
		return "too few good ones are newer"
	}
	return ""
}
