package board

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/spelling"
)

// Names of the parameters.
const (
	paramEnvironment = "env"
	paramDisk        = "disk"
	paramDirectory   = "directory"
	paramFile        = "file"
	paramGroup       = "group"
	paramState       = "state"
	paramSeverity    = "severity"
	paramFlag        = "flag"
	paramLabel       = "label"
	paramText        = "q"
	paramSort        = "sort"
	paramLimit       = "limit"
	paramPage        = "page"
	paramAfter       = "after"
)

// FilterParameters are the parameters of ParseQuery that choose series.
func FilterParameters() []string {
	return []string{
		paramEnvironment, paramDisk, paramDirectory, paramFile, paramGroup, paramState, paramSeverity, paramFlag,
		paramLabel, paramText,
	}
}

// Parameters are all parameters of ParseQuery: those that choose series, and
// those that choose the part of them to show.
func Parameters() []string {
	return append(FilterParameters(), paramSort, paramLimit, paramPage, paramAfter)
}

// ParameterProblem is what is wrong with one parameter.
type ParameterProblem struct{ Parameter, Text string }

// ParameterError tells of every parameter that can't be understood.
type ParameterError struct{ Problems []ParameterProblem }

// Error tells of all in one sentence.
func (e *ParameterError) Error() string {
	var texts []string
	for _, p := range e.Problems {
		texts = append(texts, p.Parameter+": "+p.Text)
	}
	return strings.Join(texts, "; ")
}

// ParseQuery reads a query from the parameters of a URL, the inverse of Values.
// known names the parameters that the caller knows: of Parameters, and others
// that it reads itself; any other is an error. state, severity and flag may come
// several times, or hold several values with commas between. The error is a
// *ParameterError that tells of every problem.
func ParseQuery(values url.Values, known ...string) (Query, error) {
	p := queryParser{values: values}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(known, name) {
			p.fail(name, "is no parameter here", name, known)
		}
	}
	q := Query{
		Environment: p.one(paramEnvironment), Disk: p.one(paramDisk), Directory: p.one(paramDirectory),
		File: p.one(paramFile), Group: p.one(paramGroup), Text: p.one(paramText),
		States:     several(&p, paramState, "a state", backup.States(), strings.ToUpper),
		Severities: several(&p, paramSeverity, "a severity", backup.Severities(), strings.ToLower),
		Flags:      several(&p, paramFlag, "a flag", backup.Flags(), strings.ToUpper),
		Labels:     p.labels(), Sort: p.sort(),
		Limit: p.number(paramLimit, MaxLimit), Page: p.number(paramPage, maxPage), After: p.after(),
	}
	if q.After != "" && q.Page != 0 {
		p.fail(paramAfter, "says where the page begins, and so does page: leave one of them away", "", nil)
	}
	if len(p.problems) > 0 {
		return Query{}, &ParameterError{p.problems}
	}
	return q, nil
}

// maxPage keeps a page's first series a number.
const maxPage = 1 << 30

// queryParser reads parameters and gathers what is wrong with them.
type queryParser struct {
	values   url.Values
	problems []ParameterProblem
}

// fail notes a problem, with a hint at the nearest candidate for a word.
func (p *queryParser) fail(name, text, word string, candidates []string) {
	if hint := spelling.Hint(word, candidates); hint != "" {
		text += "; " + hint
	}
	p.problems = append(p.problems, ParameterProblem{name, text})
}

// one reads a parameter that comes once.
func (p *queryParser) one(name string) string {
	if len(p.values[name]) > 1 {
		p.fail(name, "stands more than once", "", nil)
	}
	return p.values.Get(name)
}

func several[T fmt.Stringer](p *queryParser, name, what string, all []T, fold func(string) string) []T {
	var chosen []T
	for _, text := range p.values[name] {
		for word := range strings.SplitSeq(text, ",") {
			i := slices.IndexFunc(all, func(v T) bool { return v.String() == fold(word) })
			switch {
			case i >= 0:
				chosen = append(chosen, all[i])
			case word != "":
				p.fail(name, fmt.Sprintf("%q is not %s: %s", word, what, list(all)), word, texts(all))
			}
		}
	}
	return chosen
}

func texts[T fmt.Stringer](all []T) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = v.String()
	}
	return out
}

func list[T fmt.Stringer](all []T) string { return strings.Join(texts(all), ", ") }

func (p *queryParser) labels() map[string]string {
	var labels map[string]string
	for _, text := range p.values[paramLabel] {
		key, value, _ := strings.Cut(text, "=")
		if key == "" {
			p.fail(paramLabel, fmt.Sprintf("%q is neither KEY=VALUE nor KEY", text), "", nil)
			continue
		}
		if other, twice := labels[key]; twice && other != value {
			p.fail(paramLabel, fmt.Sprintf("%q is asked for with two values", key), "", nil)
		}
		if labels == nil {
			labels = map[string]string{}
		}
		labels[key] = value
	}
	return labels
}

func (p *queryParser) sort() Sort {
	text := p.one(paramSort)
	if plain, _ := Sort(text).cut(); text == "" || slices.Contains(Sorts(), plain) {
		return Sort(text)
	}
	var names []string
	for _, s := range Sorts() {
		names = append(names, string(s))
	}
	p.fail(paramSort, fmt.Sprintf(`%q is no order: %s, or one of them after a "-"`, text, strings.Join(names, ", ")), text, names)
	return ""
}

func (p *queryParser) number(name string, most int) int {
	text := p.one(name)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		p.fail(name, fmt.Sprintf("%q is not a number from 1 to %d", text, most), "", nil)
	}
	return n
}

func (p *queryParser) after() Cursor {
	c := Cursor(p.one(paramAfter))
	if _, _, ok := c.parse(); c != "" && !ok {
		p.fail(paramAfter, "is not what an earlier page gave as its next", "", nil)
	}
	return c
}

// Values writes the query as the parameters of a URL; what it leaves open is left
// out.
func (q Query) Values() url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Add(name, value)
		}
	}
	set(paramEnvironment, q.Environment)
	set(paramDisk, q.Disk)
	set(paramDirectory, q.Directory)
	set(paramFile, q.File)
	set(paramGroup, q.Group)
	set(paramState, strings.Join(texts(q.States), ","))
	set(paramSeverity, strings.Join(texts(q.Severities), ","))
	set(paramFlag, strings.Join(texts(q.Flags), ","))
	for _, key := range slices.Sorted(maps.Keys(q.Labels)) {
		label := key
		if value := q.Labels[key]; value != "" {
			label += "=" + value
		}
		set(paramLabel, label)
	}
	set(paramText, q.Text)
	set(paramSort, string(q.Sort))
	set(paramLimit, positive(q.Limit))
	set(paramPage, positive(q.Page))
	set(paramAfter, string(q.After))
	return v
}

// String writes the query as the query string of a URL, without "?".
func (q Query) String() string { return q.Values().Encode() }

func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}
