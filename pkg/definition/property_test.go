package definition_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/definition"
)

// values holds a good and a bad value for each key. None of them disagrees with
// the good value of another key.
var values = map[string][2]string{
	"schedule": {"0 2 * * *", "0 2 * *"}, "timezone": {"UTC", "Mars/Base"}, "grace": {"1h", "x"}, "early": {"1h", "x"},
	"sort": {"born_at", "{}"}, "min-size": {"1MB", "x"}, "max-size": {"1GB", "x"}, "max-shrink": {"20%", "200%"},
	"max-grow": {"off", "x"}, "min-count": {"1", "-1"}, "max-duration": {"1h", "0"}, "purge": {"true", "x"},
	"retention-count": {"1", "x"}, "retention-age": {"1d", "0"}, "keep-last": {"1", "x"}, "keep-hourly": {"1", "x"},
	"keep-daily": {"1", "x"}, "keep-weekly": {"1", "x"}, "keep-monthly": {"1", "x"}, "keep-yearly": {"1", "x"},
	"keep-within": {"1d", "0"}, "labels": {"{a: b}", "{1: b}"},
}

// TestEveryKeyHasValues keeps the test below complete.
func TestEveryKeyHasValues(t *testing.T) {
	for _, key := range definition.SettingKeys() {
		if _, found := values[key]; !found {
			t.Errorf("no values for %q", key)
		}
	}
}

// choice is what a section says of a key.
type choice int

const (
	absent choice = iota
	good
	bad
	empty // the key is there, without a value
)

// write returns one section in YAML.
func write(section map[string]choice) string {
	var parts []string
	for _, key := range definition.SettingKeys() {
		switch section[key] {
		case good:
			parts = append(parts, key+": "+values[key][0])
		case bad:
			parts = append(parts, key+": "+values[key][1])
		case empty:
			parts = append(parts, key+": ")
		case absent:
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// random makes a section in which a few keys are given.
func random(r *rand.Rand) map[string]choice {
	section := map[string]choice{}
	for _, key := range definition.SettingKeys() {
		switch r.IntN(30) {
		case 0:
			section[key] = bad
		case 1, 2:
			section[key] = empty
		case 3, 4, 5, 6, 7, 8:
			section[key] = good
		}
	}
	return section
}

// stopped is the rule of inheritance as the documentation has it: a file is
// stopped by its own bad values, and by those of defaults that it neither
// overrides nor takes back. Labels are merged: they can't be overridden as a whole.
func stopped(defaults, file map[string]choice) bool {
	for key := range values {
		inherited := file[key] == absent || key == "labels" && file[key] != empty
		if file[key] == bad || inherited && defaults[key] == bad {
			return true
		}
	}
	return false
}

func TestErrorsStopExactlyWhoHasThem(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		defaults, files := random(r), make([]map[string]choice, 1+r.IntN(4))
		text := "directories:\n  db:\n    defaults: " + write(defaults) + "\n    files:\n"
		for i := range files {
			files[i] = random(r)
			text += fmt.Sprintf("      f%d: %s\n", i, write(files[i]))
		}
		d, err := definition.Parse([]byte(text), definition.Options{})
		if err != nil || d.Directories[0].Broken {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		for i, file := range files {
			if got, want := d.Directories[0].Rules[i].Broken, stopped(defaults, file); got != want {
				t.Fatalf("seed %d: file %d is broken: %v, want %v\n%s\n%s", seed, i, got, want, text, problems(d, nil))
			}
		}
	}
}

// TestProblemsAreSaidOnce has an error in defaults that many files inherit.
func TestProblemsAreSaidOnce(t *testing.T) {
	text := "directories: {db: {defaults: {grace: x}, files: {" + repeat(50, "f%d: , ") + "}}}"
	d, err := definition.Parse([]byte(text), definition.Options{})
	if err != nil || len(d.Problems) != 1 {
		t.Errorf("problems:\n%s", problems(d, err))
	}
	for _, rule := range d.Directories[0].Rules {
		if !rule.Broken {
			t.Errorf("%s is not broken", rule.Alias)
		}
	}
}

// TestNamesStayUnique has aliases that are made to collide with those that broken
// entries get.
func TestNamesStayUnique(t *testing.T) {
	for name, text := range map[string]string{
		"taken before": "directories: {d: {files: {a: {alias: x}, b: {alias: 'c (line 1)'}, c: {alias: x}}}}",
		"taken after":  "directories: {d: {files: {a: {alias: x}, c: {alias: x}, b: {alias: 'c (line 1)'}}}}",
		"by default":   "directories: {d: {files: {a: {alias: b}, b: , c: {alias: a}, 'b (line 1)': }}}",
		"directories":  "directories: {a: {alias: x}, c: {alias: x}, b: {alias: 'c (line 1)'}}",
	} {
		t.Run(name, func(t *testing.T) {
			d, err := definition.Parse([]byte(text), definition.Options{})
			if err != nil {
				t.Fatal(err)
			}
			checkSound(t, d)
		})
	}
}
