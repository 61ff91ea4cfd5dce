package report_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/goldentest"
	"github.com/backmon/backmon/services/cmd/report"
)

func holds() []backup.Hold {
	return []backup.Hold{
		{ID: "aaaa", Environment: "prod", Disk: "db", By: "eve", Why: "legal case 4711", Since: noon.Add(-time.Hour), Until: noon.AddDate(1, 0, 0)},
		{ID: "bbbb", Directory: "db", File: "full", Group: "db/acme", By: "bob", Why: "restore under way", Since: noon.AddDate(0, 0, -3)},
		{ID: "cccc", By: "root", Why: "something is odd", Since: noon},
		{ID: "d\x1b", Group: "\x1b[2J\u202e\xff\n" + strings.Repeat("deep/", 20), By: "b\x07", Why: "w\x1b]0;t\x07\nline", Since: noon},
	}
}

func holdTable(t *testing.T, colour bool) string {
	return written(t, func(b *strings.Builder) error { return report.HoldTable(b, holds(), noon, colour) })
}

func TestHoldGolden(t *testing.T) {
	goldentest.Compare(t, "holds.txt", holdTable(t, false))
	goldentest.Compare(t, "holds.json", written(t, func(b *strings.Builder) error { return report.HoldsJSON(b, holds()) }))
	goldentest.Compare(t, "hold.json", written(t, func(b *strings.Builder) error { return report.HoldJSON(b, holds()[0], 7) }))
	goldentest.Compare(t, "no-holds.txt", written(t, func(b *strings.Builder) error { return report.HoldTable(b, nil, noon, false) }))
	goldentest.Compare(t, "no-holds.json", written(t, func(b *strings.Builder) error { return report.HoldsJSON(b, nil) }))
}

func TestHoldText(t *testing.T) {
	for i, want := range []string{
		`environment "prod", disk "db", until 2027-01-15 12:00 UTC`,
		`directory "db", file "full", group "db/acme", until it is removed`,
		`everything, until it is removed`,
	} {
		if got := report.HoldText(holds()[i]); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestHoldTableIsSafe(t *testing.T) {
	text := holdTable(t, false)
	for _, bad := range []string{"\x1b", "\x07", "\u202e", "\xff"} {
		if strings.Contains(text, bad) || strings.Contains(report.HoldText(holds()[3]), bad) {
			t.Errorf("%q gets through", bad)
		}
	}
	if lines := strings.Count(text, "\n"); lines != 5 {
		t.Errorf("%d lines for a header and 4 holds:\n%s", lines, text)
	}
}

func TestHoldWriteErrors(t *testing.T) {
	for name, err := range map[string]error{
		"table": report.HoldTable(broken{}, holds(), noon, true), "none": report.HoldTable(broken{}, nil, noon, true),
		"holds": report.HoldsJSON(broken{}, holds()), "hold": report.HoldJSON(broken{}, holds()[0], 0),
	} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
