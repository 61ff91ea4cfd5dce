package wire_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

func (d dice) change() incident.Change {
	return incident.Changes()[d.IntN(len(incident.Changes()))]
}

func (d dice) notice() incident.Notice {
	n := incident.Notice{
		ID: d.name(), Receiver: d.name(), Kind: incident.Kind(d.IntN(6)), At: d.instant(), Group: d.texts(),
		Items: some(d, func() incident.Item {
			return incident.Item{Incident: d.incident(), Change: d.change(), Told: d.severity()}
		}),
		Open: d.IntN(99), Gone: d.IntN(99), Severity: d.severity(),
	}
	for range d.IntN(4) {
		if n.Changes == nil {
			n.Changes = map[incident.Change]int{}
		}
		n.Changes[d.change()] = d.IntN(99)
	}
	if d.IntN(3) == 0 {
		n.Digest = d.digest()
	}
	return n
}

func (d dice) digest() *incident.Digest {
	return &incident.Digest{
		From: d.instant(), To: d.instant(), Series: d.IntN(999), Open: d.IntN(99), Recovered: d.IntN(99),
		Bad: some(d, d.incident), Closed: some(d, d.incident),
		Disks: some(d, func() incident.DigestDisk {
			return incident.DigestDisk{
				Environment: d.name(), Disk: d.name(), Series: d.IntN(99), Open: d.IntN(99), Slots: d.IntN(99), Met: d.IntN(99),
				PurgedFiles: d.IntN(99), PurgedBytes: d.Int64(),
			}
		}),
	}
}

func (d dice) noticeGroup() incident.Group {
	g := incident.Group{
		Receiver: d.name(), By: d.texts(), WrittenAt: d.instant(), Written: d.Uint64(), DigestAt: d.instant(), Unheard: d.IntN(2) == 0,
	}
	for range d.IntN(4) {
		if g.Told == nil {
			g.Told = map[uint64]incident.Told{}
		}
		g.Told[d.Uint64()] = incident.Told{Content: d.Uint64(), Severity: d.severity(), Muted: d.IntN(2) == 0}
	}
	if d.IntN(2) == 0 {
		n := d.notice()
		g.Pending = &n
		g.Delivery = incident.Delivery{
			Owner: d.name(), ClaimedUntil: d.instant(), Attempts: d.IntN(99), NextAttempt: d.instant(), FirstAttempt: d.instant(),
			LastError: d.name(), SettledAt: d.instant(), GivenUp: d.IntN(2) == 0,
		}
	}
	return g
}

func TestNoticeGroupRoundTrip(t *testing.T) {
	for seed := range uint64(2000) {
		want := newDice(seed).noticeGroup()
		got := wire.ParseNoticeGroup(overTheWire(t, wire.NoticeGroup(want), new(backmonv1.NoticeGroup)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d: the group changed on the wire (-want +got):\n%s", seed, diff)
		}
		if want.ID() != got.ID() {
			t.Fatalf("seed %d: its ID changed", seed)
		}
	}
}

func TestNoticeRoundTrip(t *testing.T) {
	for seed := range uint64(1000) {
		want := newDice(seed).notice()
		got := wire.ParseNotice(overTheWire(t, wire.Notice(want), new(backmonv1.Notice)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

// FuzzParseNoticeGroup holds a reader against what a newer or broken writer sends.
func FuzzParseNoticeGroup(f *testing.F) {
	for seed := range uint64(9) {
		data, err := proto.Marshal(wire.NoticeGroup(newDice(seed).noticeGroup()))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m := new(backmonv1.NoticeGroup)
		if proto.Unmarshal(data, m) != nil {
			return
		}
		got := wire.ParseNoticeGroup(m)
		_ = got.Due(nil, incident.Timing{}, time.Unix(0, 0))
		again := wire.ParseNoticeGroup(overTheWire(t, wire.NoticeGroup(got), new(backmonv1.NoticeGroup)))
		if again.ID() != got.ID() || len(again.Told) != len(got.Told) || (again.Pending == nil) != (got.Pending == nil) {
			t.Errorf("not stable:\n%+v\n%+v", got, again)
		}
	})
}

// The same group is the same message, so that who compares messages sees no change
// where there is none.
func TestNoticeGroupIsDeterministic(t *testing.T) {
	g := incident.Group{Told: map[uint64]incident.Told{}}
	for key := range uint64(100) {
		g.Told[key*math.MaxUint64/100] = incident.Told{Content: key}
	}
	n := incident.Notice{Changes: map[incident.Change]int{incident.Opened: 1, incident.Closed: 2, incident.Flaps: 3, incident.Changed: 4}}
	g.Pending = &n
	first := wire.NoticeGroup(g)
	for range 20 {
		if !proto.Equal(first, wire.NoticeGroup(g)) {
			t.Fatal("the message is another one")
		}
	}
}

// TestNoticeEnumsAgree holds the numbers of the contract against those of the core.
func TestNoticeEnumsAgree(t *testing.T) {
	kinds := map[incident.Kind]backmonv1.NoticeKind{
		incident.Problem: backmonv1.NoticeKind_NOTICE_KIND_PROBLEM, incident.Resolved: backmonv1.NoticeKind_NOTICE_KIND_RESOLVED,
		incident.Reminder: backmonv1.NoticeKind_NOTICE_KIND_REMINDER, incident.KindDigest: backmonv1.NoticeKind_NOTICE_KIND_DIGEST,
		incident.Test: backmonv1.NoticeKind_NOTICE_KIND_TEST,
	}
	for kind, want := range kinds {
		if got := wire.Notice(incident.Notice{Kind: kind}).GetKind(); got != want {
			t.Errorf("%v is %v on the wire", kind, got)
		}
	}
	changes := map[incident.Change]backmonv1.IncidentChange{
		incident.Opened: backmonv1.IncidentChange_INCIDENT_CHANGE_OPENED, incident.Changed: backmonv1.IncidentChange_INCIDENT_CHANGE_CHANGED,
		incident.Closed: backmonv1.IncidentChange_INCIDENT_CHANGE_CLOSED, incident.Continues: backmonv1.IncidentChange_INCIDENT_CHANGE_CONTINUES,
		incident.Flaps: backmonv1.IncidentChange_INCIDENT_CHANGE_FLAPPING,
	}
	for change, want := range changes {
		if got := wire.Notice(incident.Notice{Items: []incident.Item{{Change: change}}}).GetItems()[0].GetChange(); got != want {
			t.Errorf("%v is %v on the wire", change, got)
		}
	}
	if len(kinds)+1 != len(backmonv1.NoticeKind_name) || len(changes)+1 != len(backmonv1.IncidentChange_name) {
		t.Error("the contract has others")
	}
	severities := []backup.Severity{backup.SeverityOK, backup.SeverityWarning, backup.SeverityUnknown, backup.SeverityCritical}
	for i, want := range []string{"SEVERITY_UNSPECIFIED", "SEVERITY_WARNING", "SEVERITY_UNKNOWN", "SEVERITY_CRITICAL"} {
		m := wire.Notice(incident.Notice{Items: []incident.Item{{Told: severities[i]}}})
		if got := m.GetItems()[0].GetToldSeverity().String(); got != want {
			t.Errorf("told %v is %s on the wire", severities[i], got)
		}
	}
}
