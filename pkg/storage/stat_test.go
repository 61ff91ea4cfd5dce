package storage

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

func TestParseStat(t *testing.T) {
	born := time.Date(2026, 1, 14, 0, 20, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		content string
		want    backup.Stat
	}{
		"all three": {
			"born_at: 1768350000\nmodified_at: 1768350060\narchived_at: 1768350120\n",
			backup.Stat{BornAt: born, ModifiedAt: born.Add(time.Minute), ArchivedAt: born.Add(2 * time.Minute)},
		},
		"double quotes":             {`born_at: "1768350000"`, backup.Stat{BornAt: born}},
		"single quotes":             {`born_at: '1768350000'`, backup.Stat{BornAt: born}},
		"RFC 3339":                  {"born_at: 2026-01-14T00:20:00Z", backup.Stat{BornAt: born}},
		"RFC 3339 in another zone":  {`born_at: "2026-01-14T01:20:00+01:00"`, backup.Stat{BornAt: born}},
		"space around":              {`born_at: " 1768350000 "`, backup.Stat{BornAt: born}},
		"flow style":                {"{born_at: 1768350000}", backup.Stat{BornAt: born}},
		"a bad value beside a good": {"modified_at: yesterday\nborn_at: 1768350000", backup.Stat{BornAt: born}},
		"an unknown key":            {"host: db1\nborn_at: 1768350000", backup.Stat{BornAt: born}},
		"a list as value":           {"born_at: [1]", backup.Stat{}},
		"an alias as value":         {"x: &x 1\nborn_at: *x", backup.Stat{}},
		"a fraction":                {"born_at: 1768350000.5", backup.Stat{}},
		"the last second of 9999":   {"born_at: 253402300799", backup.Stat{BornAt: time.Unix(253402300799, 0).UTC()}},
		"after 9999":                {"born_at: 253402300800", backup.Stat{}},
		"far after 9999":            {"born_at: 9223372036854775807", backup.Stat{}},
		"more than 64 bits":         {"born_at: 92233720368547758070", backup.Stat{}},
		"the first second of 1970":  {"born_at: 0", backup.Stat{BornAt: time.Unix(0, 0).UTC()}},
		"before 1970":               {"born_at: -1", backup.Stat{}},
		"before 1970 by its date":   {"born_at: 1969-12-31T23:59:59Z", backup.Stat{}},
		"no value":                  {"born_at:", backup.Stat{}},
		"nothing":                   {"", backup.Stat{}},
		"only a comment":            {"# nothing\n", backup.Stat{}},
		"null":                      {"~", backup.Stat{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseStat([]byte(test.content))
			if err != nil || got != test.want {
				t.Errorf("got %+v, error %v; want %+v", got, err, test.want)
			}
		})
	}
}

func TestParseStatErrors(t *testing.T) {
	for name, test := range map[string]struct {
		content string
		want    error
	}{
		"broken YAML":   {"born_at: [\n", nil},
		"a tab":         {"\tborn_at: 1", nil},
		"a list":        {"- born_at: 1", errStatShape},
		"a plain text":  {"hello", errStatShape},
		"a key twice":   {"born_at: 1\nborn_at: 2", nil},
		"over 64 KiB":   {strings.Repeat("#", MaxStatSize+1), ErrTooLarge},
		"binary":        {"\x00\x01\x02", nil},
		"invalid UTF-8": {"born_at: \xff", nil},
	} {
		t.Run(name, func(t *testing.T) {
			stat, err := ParseStat([]byte(test.content))
			if err == nil || stat != (backup.Stat{}) || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("got %+v, error %v; want an error (%v) and no times", stat, err, test.want)
			}
		})
	}
}

func TestParseStatIsQuickWithBombs(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'z'; c++ {
		p := string(c - 1)
		bomb += string(c) + ": &" + string(c) + " [" + strings.TrimSuffix(strings.Repeat("*"+p+",", 9), ",") + "]\n"
	}
	stat, err := ParseStat([]byte(bomb + "born_at: 1"))
	if err != nil || stat.BornAt.Unix() != 1 {
		t.Errorf("got %+v, %v", stat, err)
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("born_at: 1768350000\nmodified_at: \"1768352400\"\narchived_at: 2026-01-14T03:00:00Z\n"))
	f.Add([]byte("born_at: [\n"))
	f.Add([]byte("a: &a [*a]\nborn_at: *a"))
	f.Fuzz(func(t *testing.T, data []byte) {
		stat, err := ParseStat(data)
		if err != nil && stat != (backup.Stat{}) {
			t.Fatalf("both a value and an error: %+v, %v", stat, err)
		}
		for _, moment := range []time.Time{stat.BornAt, stat.ModifiedAt, stat.ArchivedAt} {
			if !moment.IsZero() && (moment.Year() < 1970 || moment.Year() > 9999) {
				t.Fatalf("a time of another era: %v", moment)
			}
		}
	})
}
