package wire

import (
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"

	"github.com/backmon/backmon/pkg/backup"
)

func policy(p backup.Policy) *backmonv1.Policy {
	return &backmonv1.Policy{
		Schedule: Text(p.Schedule), Timezone: Text(p.Timezone), Grace: span(p.Grace), Early: span(p.Early), Sort: Text(p.Sort),
		Purge: p.Purge, RetentionCount: int64(p.RetentionCount), RetentionAge: span(p.RetentionAge),
		Keep: keep(p.Keep), Labels: texts(p.Labels), Line: int32(p.Line), MinSize: p.MinSize, MaxSize: p.MaxSize,
	}
}

func parsePolicy(m *backmonv1.Policy) backup.Policy {
	return backup.Policy{
		Schedule: m.GetSchedule(), Timezone: m.GetTimezone(), Grace: m.GetGrace().AsDuration(), Early: m.GetEarly().AsDuration(), Sort: m.GetSort(),
		Purge: m.GetPurge(), RetentionCount: int(m.GetRetentionCount()), RetentionAge: m.GetRetentionAge().AsDuration(),
		Keep: parseKeep(m.GetKeep()), Labels: m.GetLabels(), Line: int(m.GetLine()), MinSize: m.GetMinSize(), MaxSize: m.GetMaxSize(),
	}
}

func keep(k backup.Keep) *backmonv1.KeepPolicy {
	if k.IsZero() {
		return nil
	}
	return &backmonv1.KeepPolicy{
		Last: int64(k.Last), Hourly: int64(k.Hourly), Daily: int64(k.Daily), Weekly: int64(k.Weekly),
		Monthly: int64(k.Monthly), Yearly: int64(k.Yearly), Within: span(k.Within),
	}
}

func parseKeep(m *backmonv1.KeepPolicy) backup.Keep {
	return backup.Keep{
		Last: int(m.GetLast()), Hourly: int(m.GetHourly()), Daily: int(m.GetDaily()), Weekly: int(m.GetWeekly()),
		Monthly: int(m.GetMonthly()), Yearly: int(m.GetYearly()), Within: m.GetWithin().AsDuration(),
	}
}

func files(f backup.FileFacts) *backmonv1.FileFacts {
	return &backmonv1.FileFacts{
		Count: int64(f.Count), Young: int64(f.Young), Bytes: f.Bytes, Future: int64(f.Future), Latest: latest(f.Latest),
		Recent: each(f.Recent, func(r backup.RecentFile) *backmonv1.RecentFile {
			return &backmonv1.RecentFile{Time: Stamp(r.Time), Size: r.Size}
		}),
	}
}

func parseFiles(m *backmonv1.FileFacts) backup.FileFacts {
	return backup.FileFacts{
		Count: int(m.GetCount()), Young: int(m.GetYoung()), Bytes: m.GetBytes(), Future: int(m.GetFuture()),
		Latest: parseLatest(m.GetLatest()),
		Recent: each(m.GetRecent(), func(r *backmonv1.RecentFile) backup.RecentFile {
			return backup.RecentFile{Time: instant(r.GetTime()), Size: r.GetSize()}
		}),
	}
}

func latest(l *backup.LatestFile) *backmonv1.LatestFile {
	if l == nil {
		return nil
	}
	return &backmonv1.LatestFile{
		Key: []byte(l.Key), Size: l.Size, ModifiedAt: Stamp(l.ModifiedAt), Etag: Text(l.ETag), Time: Stamp(l.Time),
		StatBornAt: Stamp(l.Stat.BornAt), StatModifiedAt: Stamp(l.Stat.ModifiedAt), StatArchivedAt: Stamp(l.Stat.ArchivedAt),
		Good: l.Good, Future: l.Future,
	}
}

func parseLatest(m *backmonv1.LatestFile) *backup.LatestFile {
	if m == nil {
		return nil
	}
	return &backup.LatestFile{
		File: backup.File{
			Key: string(m.GetKey()), Size: m.GetSize(), ModifiedAt: instant(m.GetModifiedAt()), ETag: m.GetEtag(),
			Stat: backup.Stat{
				BornAt: instant(m.GetStatBornAt()), ModifiedAt: instant(m.GetStatModifiedAt()), ArchivedAt: instant(m.GetStatArchivedAt()),
			},
		},
		Time: instant(m.GetTime()), Good: m.GetGood(), Future: m.GetFuture(),
	}
}

func slot(s backup.SlotFacts) *backmonv1.SlotFacts {
	if s == (backup.SlotFacts{}) {
		return nil
	}
	return &backmonv1.SlotFacts{
		Previous: Stamp(s.Previous), Open: Stamp(s.Open), Deadline: Stamp(s.Deadline), Missed: int32(s.Missed),
		NextDeadline: Stamp(s.NextDeadline),
	}
}

func parseSlot(m *backmonv1.SlotFacts) backup.SlotFacts {
	return backup.SlotFacts{
		Previous: instant(m.GetPrevious()), Open: instant(m.GetOpen()), Deadline: instant(m.GetDeadline()),
		Missed: int(m.GetMissed()), NextDeadline: instant(m.GetNextDeadline()),
	}
}

func expired(e backup.ExpiredFacts) *backmonv1.ExpiredFacts {
	if e.Count == 0 {
		return nil
	}
	return &backmonv1.ExpiredFacts{
		Count: int64(e.Count), Bytes: e.Bytes,
		Files: each(e.Files, func(f backup.ExpiredFile) *backmonv1.ExpiredFile {
			return &backmonv1.ExpiredFile{
				Key: []byte(f.Key), Size: f.Size, ModifiedAt: Stamp(f.ModifiedAt), Etag: Text(f.ETag), Time: Stamp(f.Time),
				HasStat: f.HasStat, Reason: Text(f.Reason),
			}
		}),
	}
}

func parseExpired(m *backmonv1.ExpiredFacts) backup.ExpiredFacts {
	return backup.ExpiredFacts{
		Count: int(m.GetCount()), Bytes: m.GetBytes(),
		Files: each(m.GetFiles(), func(f *backmonv1.ExpiredFile) backup.ExpiredFile {
			return backup.ExpiredFile{
				Key: string(f.GetKey()), Size: f.GetSize(), ModifiedAt: instant(f.GetModifiedAt()), ETag: f.GetEtag(),
				Time: instant(f.GetTime()), HasStat: f.GetHasStat(), Reason: f.GetReason(),
			}
		}),
	}
}
