package report_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/goldentest"
	"github.com/backmon/backmon/services/cmd/report"
)

func attempts() []report.Attempt {
	return []report.Attempt{
		{Receiver: "hook", Took: 123456 * time.Microsecond},
		{Receiver: "chat", Took: 10 * time.Second, Err: errors.New("slack: no answer within 10 seconds")},
		{Receiver: "chat#2", Err: errors.New("\x1b[2J\n\u202e\xff")},
	}
}

func TestAttemptsGolden(t *testing.T) {
	text := written(t, func(b *strings.Builder) error { return report.AttemptsTable(b, attempts(), false) })
	goldentest.Compare(t, "attempts.txt", text)
	goldentest.Compare(t, "attempts-coloured.txt", written(t, func(b *strings.Builder) error { return report.AttemptsTable(b, attempts(), true) }))
	goldentest.Compare(t, "attempts.json", written(t, func(b *strings.Builder) error { return report.AttemptsJSON(b, attempts(), false) }))
	for _, bad := range []string{"\x1b", "\u202e", "\xff"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q gets through", bad)
		}
	}
}

func TestAttemptsWriteErrors(t *testing.T) {
	for name, err := range map[string]error{"table": report.AttemptsTable(broken{}, attempts(), true), "json": report.AttemptsJSON(broken{}, attempts(), true)} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
