package board_test

import (
	"errors"
	"math/rand/v2"
	"net/url"
	"reflect"
	"testing"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/services/gateway/board"
)

// parse reads a query string that must be a good one.
func parse(t testing.TB, query string) board.Query {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	q, err := board.ParseQuery(values, board.Parameters()...)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestParseQueryErrors(t *testing.T) {
	for _, c := range []struct{ query, want string }{
		{"stat=LATE", `stat: is no parameter here; did you mean "state"?`},
		{"zzzzzzzzz=1", `zzzzzzzzz: is no parameter here`},
		{"state=LATTE", `state: "LATTE" is not a state: PENDING, OK, DUE, LATE, MISSING, UNKNOWN, GONE; did you mean "LATE"?`},
		{"severity=bad", `severity: "bad" is not a severity: ok, warning, unknown, critical`},
		{"flag=EMTY", `flag: "EMTY" is not a flag: EMPTY, TOO_SMALL, TOO_LARGE, SHRUNK, GREW, FUTURE, TOO_FEW, SLOW, AMBIGUOUS; did you mean "EMPTY"?`},
		{"label=%3Dred", `label: "=red" is neither KEY=VALUE nor KEY`},
		{"label=a%3D1&label=a%3D2", `label: "a" is asked for with two values`},
		{"env=a&env=b", `env: stands more than once`},
		{"sort=wurst", `sort: "wurst" is no order: worst, name, since, deadline, latest, size, or one of them after a "-"; did you mean "worst"?`},
		{"sort=--name", `sort: "--name" is no order: worst, name, since, deadline, latest, size, or one of them after a "-"; did you mean "name"?`},
		{"limit=0", `limit: "0" is not a number from 1 to 1000`},
		{"limit=1001", `limit: "1001" is not a number from 1 to 1000`},
		{"limit=ten", `limit: "ten" is not a number from 1 to 1000`},
		{"page=-1", `page: "-1" is not a number from 1 to 1073741824`},
		{"page=99999999999999999999", `page: "99999999999999999999" is not a number from 1 to 1073741824`},
		{"after=x", `after: is not what an earlier page gave as its next`},
		{"after=1/a/b/c/d/%25zz", `after: is not what an earlier page gave as its next`},
		{"after=1/a/b/c/d/e&page=2", `after: says where the page begins, and so does page: leave one of them away`},
		{"state=X&limit=a&nonsense=1", `nonsense: is no parameter here; state: "X" is not a state: PENDING, OK, DUE, LATE, MISSING, UNKNOWN, GONE; limit: "a" is not a number from 1 to 1000`},
	} {
		t.Run(c.query, func(t *testing.T) {
			values, err := url.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			_, err = board.ParseQuery(values, board.Parameters()...)
			var wrong *board.ParameterError
			if !errors.As(err, &wrong) || err.Error() != c.want {
				t.Errorf("error %v\nwant  %v", err, c.want)
			}
		})
	}
}

// What a caller doesn't know is refused, and what it knows beside is left to it.
func TestParseQueryKnown(t *testing.T) {
	values := url.Values{"page": {"2"}, "theme": {"dark"}, "env": {"prod"}}
	_, err := board.ParseQuery(values, append(board.FilterParameters(), "theme")...)
	if err == nil || err.Error() != "page: is no parameter here" {
		t.Errorf("error %v", err)
	}
}

func TestQueryRoundTrip(t *testing.T) {
	pick := []string{"", "a", "a b", "ü&=+%2F", "\xff\x00\n", "<script>", ",", "\u202e"}
	for seed := range uint64(500) {
		d := rand.New(rand.NewPCG(seed, 5))
		name := func() string { return pick[d.IntN(len(pick))] }
		want := board.Query{
			Environment: name(), Disk: name(), Directory: name(), File: name(), Group: name(), Text: name(),
			Sort: append(orders(), "")[d.IntN(13)], Limit: d.IntN(board.MaxLimit + 1), Page: d.IntN(3),
		}
		if d.IntN(2) == 0 {
			want.States = []backup.State{backup.Late, backup.Missing}
			want.Severities = []backup.Severity{backup.SeverityCritical}
			want.Flags = []backup.Flag{backup.Empty, backup.Slow}
			want.Labels = map[string]string{"k" + name(): name(), "team": "a=b"}
			want.Page, want.After = 0, "-3/a%2F/b/c/d/e"
		}
		for key, value := range want.Labels { // a label's key ends at the first "="
			if key == "kü&=+%2F" {
				delete(want.Labels, key)
				want.Labels["k"] = value
			}
		}
		if got := parse(t, want.String()); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: %+v, want %+v", seed, got, want)
		}
	}
}

// Whatever stands in a URL, a query is either refused or written back as itself.
func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{"", "state=LATE,OK&q=a+b", "label=a%3Db&label=c", "label=a%3Db%3D", "after=-1/a/b/c/d/e%25", "limit=3&page=2&sort=-size", "group=%ff&flag=EMPTY", "after=x&limit=0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		values, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		q, err := board.ParseQuery(values, board.Parameters()...)
		var wrong *board.ParameterError
		if err != nil {
			if !errors.As(err, &wrong) || len(wrong.Problems) == 0 || !reflect.DeepEqual(q, board.Query{}) {
				t.Fatalf("%q: %v beside %+v", text, err, q)
			}
			return
		}
		again, err := board.ParseQuery(q.Values(), board.Parameters()...)
		if err != nil || !reflect.DeepEqual(q, again) {
			t.Fatalf("%q: %+v becomes %+v, %v", text, q, again, err)
		}
		board.New().Find(q)
	})
}
