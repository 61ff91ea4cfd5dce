package wire

import (
	"maps"
	"slices"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
)

// Notice turns a notice into its message.
func Notice(n incident.Notice) *backmonv1.Notice {
	return &backmonv1.Notice{
		Id: Text(n.ID), Receiver: Text(n.Receiver), Kind: backmonv1.NoticeKind(n.Kind), At: Stamp(n.At), Group: texts(n.Group),
		Items: each(n.Items, item), Changes: changes(n.Changes), Open: int64(n.Open), Severity: severity(n.Severity), Digest: digest(n.Digest),
		Gone: int64(n.Gone),
	}
}

// ParseNotice is the inverse of Notice.
func ParseNotice(m *backmonv1.Notice) incident.Notice {
	return incident.Notice{
		ID: m.GetId(), Receiver: m.GetReceiver(), Kind: incident.Kind(known(m.GetKind(), backmonv1.NoticeKind_name)), At: instant(m.GetAt()),
		Group: m.GetGroup(), Items: each(m.GetItems(), parseItem), Changes: parseChanges(m.GetChanges()), Open: int(m.GetOpen()),
		Severity: parseSeverity(m.GetSeverity()), Digest: parseDigest(m.GetDigest()), Gone: int(m.GetGone()),
	}
}

func item(i incident.Item) *backmonv1.NoticeItem {
	return &backmonv1.NoticeItem{Incident: Incident(i.Incident), Change: backmonv1.IncidentChange(i.Change), ToldSeverity: told(i.Told)}
}

func parseItem(m *backmonv1.NoticeItem) incident.Item {
	return incident.Item{Incident: ParseIncident(m.GetIncident()), Change: parseChange(m.GetChange()), Told: parseSeverity(m.GetToldSeverity())}
}

func parseChange(c backmonv1.IncidentChange) incident.Change {
	return incident.Change(known(c, backmonv1.IncidentChange_name))
}

func changes(counts map[incident.Change]int) []*backmonv1.ChangeCount {
	return each(slices.Sorted(maps.Keys(counts)), func(c incident.Change) *backmonv1.ChangeCount {
		return &backmonv1.ChangeCount{Change: backmonv1.IncidentChange(c), Incidents: int64(counts[c])}
	})
}

func parseChanges(counts []*backmonv1.ChangeCount) map[incident.Change]int {
	if len(counts) == 0 {
		return nil
	}
	out := make(map[incident.Change]int, len(counts))
	for _, c := range counts {
		out[parseChange(c.GetChange())] += int(c.GetIncidents())
	}
	return out
}

func digest(d *incident.Digest) *backmonv1.Digest {
	if d == nil {
		return nil
	}
	return &backmonv1.Digest{
		From: Stamp(d.From), To: Stamp(d.To), Series: int64(d.Series), Open: int64(d.Open), Recovered: int64(d.Recovered),
		Bad: each(d.Bad, Incident), Closed: each(d.Closed, Incident),
		Disks: each(d.Disks, func(x incident.DigestDisk) *backmonv1.DigestDisk {
			return &backmonv1.DigestDisk{
				Environment: Text(x.Environment), Disk: Text(x.Disk), Series: int64(x.Series), Open: int64(x.Open),
				Slots: int64(x.Slots), SlotsMet: int64(x.Met), PurgedFiles: int64(x.PurgedFiles), PurgedBytes: x.PurgedBytes,
			}
		}),
	}
}

func parseDigest(m *backmonv1.Digest) *incident.Digest {
	if m == nil {
		return nil
	}
	return &incident.Digest{
		From: instant(m.GetFrom()), To: instant(m.GetTo()), Series: int(m.GetSeries()), Open: int(m.GetOpen()), Recovered: int(m.GetRecovered()),
		Bad: each(m.GetBad(), ParseIncident), Closed: each(m.GetClosed(), ParseIncident),
		Disks: each(m.GetDisks(), func(x *backmonv1.DigestDisk) incident.DigestDisk {
			return incident.DigestDisk{
				Environment: x.GetEnvironment(), Disk: x.GetDisk(), Series: int(x.GetSeries()), Open: int(x.GetOpen()),
				Slots: int(x.GetSlots()), Met: int(x.GetSlotsMet()), PurgedFiles: int(x.GetPurgedFiles()), PurgedBytes: x.GetPurgedBytes(),
			}
		}),
	}
}

// NoticeGroup turns a group into its message, which is the same for the same group.
// Names that the incidents have in common must be UTF-8: the group's ID is made of
// them.
func NoticeGroup(g incident.Group) *backmonv1.NoticeGroup {
	m := &backmonv1.NoticeGroup{
		Receiver: Text(g.Receiver), Group: texts(g.By), WrittenAt: Stamp(g.WrittenAt), Written: g.Written, Delivery: delivery(g.Delivery),
		DigestAt: Stamp(g.DigestAt), Unheard: g.Unheard,
	}
	m.Told = each(slices.Sorted(maps.Keys(g.Told)), func(key uint64) *backmonv1.ToldIncident {
		t := g.Told[key]
		return &backmonv1.ToldIncident{Subject: key, Content: t.Content, Severity: told(t.Severity), Muted: t.Muted}
	})
	if g.Pending != nil {
		m.Pending = Notice(*g.Pending)
	}
	return m
}

// ParseNoticeGroup is the inverse of NoticeGroup. No message at all is the zero
// group.
func ParseNoticeGroup(m *backmonv1.NoticeGroup) incident.Group {
	g := incident.Group{
		Receiver: m.GetReceiver(), By: m.GetGroup(), WrittenAt: instant(m.GetWrittenAt()), Written: m.GetWritten(),
		Delivery: parseDelivery(m.GetDelivery()), DigestAt: instant(m.GetDigestAt()),
		Unheard: m.GetUnheard(),
	}
	if len(m.GetTold()) > 0 {
		g.Told = make(map[uint64]incident.Told, len(m.GetTold()))
	}
	for _, t := range m.GetTold() {
		g.Told[t.GetSubject()] = incident.Told{Content: t.GetContent(), Severity: parseSeverity(t.GetSeverity()), Muted: t.GetMuted()}
	}
	if m.GetPending() != nil {
		pending := ParseNotice(m.GetPending())
		g.Pending = &pending
	}
	return g
}

func delivery(d incident.Delivery) *backmonv1.Delivery {
	if d == (incident.Delivery{}) {
		return nil
	}
	return &backmonv1.Delivery{
		Owner: Text(d.Owner), ClaimedUntil: Stamp(d.ClaimedUntil), Attempts: int32(d.Attempts), NextAttempt: Stamp(d.NextAttempt),
		FirstAttempt: Stamp(d.FirstAttempt), LastError: Text(d.LastError), SettledAt: Stamp(d.SettledAt), GivenUp: d.GivenUp,
	}
}

func parseDelivery(m *backmonv1.Delivery) incident.Delivery {
	return incident.Delivery{
		Owner: m.GetOwner(), ClaimedUntil: instant(m.GetClaimedUntil()), Attempts: int(m.GetAttempts()), NextAttempt: instant(m.GetNextAttempt()),
		FirstAttempt: instant(m.GetFirstAttempt()), LastError: m.GetLastError(), SettledAt: instant(m.GetSettledAt()), GivenUp: m.GetGivenUp(),
	}
}

// severity is a severity's number in the contract.
func severity(s backup.Severity) backmonv1.Severity { return backmonv1.Severity(s + 1) }

// told is a severity that somebody was told; what is well was never told.
func told(s backup.Severity) backmonv1.Severity {
	if s == backup.SeverityOK {
		return backmonv1.Severity_SEVERITY_UNSPECIFIED
	}
	return severity(s)
}

// parseSeverity takes one that is not given or not known as that of what is well.
func parseSeverity(s backmonv1.Severity) backup.Severity {
	return backup.Severity(max(0, known(s, backmonv1.Severity_name)-1))
}
