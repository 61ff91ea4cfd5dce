package page

import (
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/backup"
)

type (
	severities = map[backup.Severity]int
	states     = map[backup.State]int
)

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		name     string
		standing standing
		severity backup.Severity
		sentence string
		more     string
	}{
		{"well", standing{total: 214, disks: 3, current: true, severities: severities{backup.SeverityOK: 214}, states: states{backup.OK: 214}}, backup.SeverityOK, "All 214 backups are on time.", ""},
		{"one", standing{total: 1, disks: 1, current: true, severities: severities{backup.SeverityOK: 1}, states: states{backup.OK: 1}}, backup.SeverityOK, "The one backup is on time.", ""},
		{"some due", standing{total: 3, due: 2, disks: 1, current: true, severities: severities{backup.SeverityOK: 3}, states: states{backup.OK: 1, backup.Due: 2}}, backup.SeverityOK, "All 3 backups are on time.", "2 of these are due now, within their grace"},
		{"what never came is not on time", standing{total: 3, disks: 1, current: true, severities: severities{backup.SeverityOK: 3}, states: states{backup.OK: 2, backup.Pending: 1}}, backup.SeverityOK, "All 2 backups are on time.", "1 has never come yet, its first deadline lies ahead"},
		{"none has come", standing{total: 3, disks: 1, current: true, severities: severities{backup.SeverityOK: 3}, states: states{backup.Pending: 3}}, backup.SeverityOK, "3 backups are awaited for the first time.", ""},
		{"one is bad", standing{total: 214, disks: 3, current: true, severities: severities{backup.SeverityOK: 213, backup.SeverityWarning: 1}, states: states{backup.OK: 213, backup.Late: 1}}, backup.SeverityWarning, "1 of 214 backups needs you.", "213 others are on time"},
		{"some are bad", standing{total: 1214, disks: 3, current: true, severities: severities{backup.SeverityOK: 1200, backup.SeverityWarning: 10, backup.SeverityCritical: 4}, states: states{backup.OK: 1214}}, backup.SeverityCritical, "14 of 1,214 backups need you.", "1,200 others are on time"},
		{"unknown stands apart", standing{total: 10, disks: 3, current: true, severities: severities{backup.SeverityOK: 5, backup.SeverityWarning: 2, backup.SeverityUnknown: 3}, states: states{backup.OK: 5, backup.Late: 2, backup.Unknown: 3}}, backup.SeverityUnknown, "2 of 10 backups need you; 3 can’t be seen.", "5 others are on time"},
		{"only unknown", standing{total: 10, disks: 3, current: true, severities: severities{backup.SeverityOK: 7, backup.SeverityUnknown: 3}, states: states{backup.OK: 7, backup.Unknown: 3}}, backup.SeverityUnknown, "3 of 10 backups can’t be seen.", "7 others are on time"},
		{"all unknown", standing{total: 3, disks: 1, current: true, severities: severities{backup.SeverityUnknown: 3}, states: states{backup.Unknown: 3}}, backup.SeverityUnknown, "No backup can be seen.", ""},
		{"a disk in trouble", standing{total: 3, disks: 2, badDisks: 1, current: true, severities: severities{backup.SeverityOK: 3}, states: states{backup.OK: 3}}, backup.SeverityWarning, "All 3 backups are on time, but 1 disk needs you.", ""},
		{"a disk that can't be seen", standing{total: 3, disks: 2, unseenDisks: 1, current: true, severities: severities{backup.SeverityOK: 3}, states: states{backup.OK: 3}}, backup.SeverityUnknown, "All 3 backups are on time, but 1 disk can’t be seen.", ""},
		{"stale is not well", standing{total: 3, disks: 2, stale: 2, current: true, severities: severities{backup.SeverityOK: 3}, states: states{backup.OK: 3}}, backup.SeverityUnknown, "No backup is known to be late, but 2 disks were not looked at for long.", ""},
		{"cut off is not well", standing{total: 3, disks: 2, current: true, cutOff: true, severities: severities{backup.SeverityOK: 3}, states: states{backup.OK: 3}}, backup.SeverityUnknown, "No backup is known to be late, but NATS can’t be reached.", ""},
		{"bad when it was cut off", standing{total: 3, disks: 2, current: true, cutOff: true, severities: severities{backup.SeverityOK: 2, backup.SeverityCritical: 1}, states: states{backup.OK: 2, backup.Missing: 1}}, backup.SeverityCritical, "1 of 3 backups needs you.", "2 others are on time"},
		{"replaying", standing{total: 3, disks: 1, severities: severities{backup.SeverityOK: 2, backup.SeverityWarning: 1}}, backup.SeverityUnknown, "Not complete yet.", "3 backups are known so far; 1 of them needs you"},
		{"nothing", standing{current: true}, backup.SeverityOK, "Nothing is watched yet.", ""},
		{"no definitions", standing{disks: 2, unseenDisks: 2, current: true}, backup.SeverityUnknown, "No backup is defined yet on 2 disks.", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.standing.sentence(); got != c.sentence {
				t.Errorf("sentence %q, want %q", got, c.sentence)
			}
			if got := c.standing.severity(); got != c.severity {
				t.Errorf("severity %s, want %s", got, c.severity)
			}
			if got := strings.Join(c.standing.more(), "; "); c.standing.total > 0 && got != c.more {
				t.Errorf("more %q, want %q", got, c.more)
			}
		})
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 12345: "12,345", 1234567: "1,234,567", -1000: "-1,000"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestShares(t *testing.T) {
	s := newShares(states{backup.OK: 9999, backup.Missing: 1})
	sum := 0.0
	for _, part := range s {
		sum += part.Width
	}
	if len(s) != 2 || s[0].State.Text != "MISSING" || s[0].Width < 1 || sum < 99.9 || sum > 100.1 {
		t.Errorf("%+v", s)
	}
	if got := s.Text(); got != "1 MISSING, 9,999 OK" {
		t.Errorf("text %q", got)
	}
}
