package view

import (
	"time"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// NewRecord shows an audit record: a Refused, Downloaded, Notified or Purged.
func NewRecord(r bus.AuditRecord) any {
	switch {
	case r.Refused != nil:
		return newRefused(r)
	case r.Downloaded != nil:
		return newDownloaded(r)
	case r.Notified != nil:
		return newNotified(r)
	case r.Unnotified != nil:
		return newUnnotified(r)
	default:
		return newPurged(r)
	}
}

// Record is what all audit records have.
type Record struct {
	Kind        string     `json:"kind"` // "purged", "refused", "downloaded", "notified" or "unnotified"
	Sequence    uint64     `json:"sequence"`
	At          *time.Time `json:"at"`
	Environment string     `json:"environment"`
	Disk        string     `json:"disk"`
	Run         string     `json:"run,omitempty"` // of the purger
}

// Refused says why nothing of a series, or of a disk, could be purged.
type Refused struct {
	Record
	Series *RecordSeries `json:"series,omitempty"`
	Reason string        `json:"reason"`
	Text   string        `json:"text"`
	Files  int64         `json:"files"`
}

// Purged accounts for some files of a purge run.
type Purged struct {
	Record
	Phase  string       `json:"phase"`
	Mode   string       `json:"mode"`
	Chunk  int32        `json:"chunk"`
	Chunks int32        `json:"chunks"`
	Totals PurgeTotals  `json:"totals"`
	Files  []PurgedFile `json:"files"`
}

// PurgeTotals sum up a purge run.
type PurgeTotals struct {
	Planned      int64            `json:"planned"`
	PlannedBytes int64            `json:"planned_bytes"`
	Deleted      int64            `json:"deleted"`
	FreedBytes   int64            `json:"freed_bytes"`
	Refused      map[string]int64 `json:"refused,omitempty"`
}

// PurgedFile is one file of a purge run.
type PurgedFile struct {
	Series      *RecordSeries `json:"series,omitempty"`
	Key         string        `json:"key"`
	KeyBase64   []byte        `json:"key_base64,omitempty"`
	Size        int64         `json:"size"`
	ModifiedAt  *time.Time    `json:"modified_at,omitempty"`
	ETag        string        `json:"etag,omitempty"`
	Verdict     string        `json:"verdict"`
	Reason      string        `json:"reason,omitempty"`
	Until       *time.Time    `json:"until,omitempty"`
	StatDeleted bool          `json:"stat_deleted,omitempty"`
}

// Downloaded says who took a file.
type Downloaded struct {
	Record
	Series    *RecordSeries `json:"series,omitempty"`
	Key       string        `json:"key"`
	KeyBase64 []byte        `json:"key_base64,omitempty"`
	Size      int64         `json:"size"`
	Sent      int64         `json:"sent"`
	Mode      string        `json:"mode"` // "stream" or "link"
	Complete  bool          `json:"complete"`
	User      string        `json:"user,omitempty"`
	Client    string        `json:"client"`
}

// RecordSeries names a series of a record's disk.
type RecordSeries struct {
	Directory   string `json:"directory"`
	File        string `json:"file"`
	Group       string `json:"group"`
	GroupBase64 []byte `json:"group_base64,omitempty"`
}

func newRecordSeries(s *backmonv1.SeriesId) *RecordSeries {
	if s == nil {
		return nil
	}
	group := string(s.GetGroup())
	return &RecordSeries{s.GetDirectory(), s.GetFile(), Name(group), raw(group)}
}

func newRefused(r bus.AuditRecord) Refused {
	m := r.Refused
	return Refused{
		Record: Record{"refused", r.Sequence, moment(m.GetAt()), m.GetEnvironment(), m.GetDisk(), m.GetRun()},
		Series: newRecordSeries(m.GetSeries()), Reason: m.GetReason(), Text: m.GetText(), Files: m.GetFiles(),
	}
}

func newPurged(r bus.AuditRecord) Purged {
	m := r.Purged
	return Purged{
		Record: Record{"purged", r.Sequence, moment(m.GetAt()), m.GetEnvironment(), m.GetDisk(), m.GetRun()},
		Phase:  wire.Word(m.GetPhase()), Mode: wire.Word(m.GetMode()),
		Chunk: m.GetChunk(), Chunks: m.GetChunks(), Totals: newPurgeTotals(m.GetTotals()), Files: each(m.GetFiles(), newPurgedFile),
	}
}

func newPurgedFile(f *backmonv1.PurgedFile) PurgedFile {
	key := string(f.GetKey())
	return PurgedFile{
		Series: newRecordSeries(f.GetSeries()), Key: Name(key), KeyBase64: raw(key), Size: f.GetSize(), ModifiedAt: moment(f.GetModifiedAt()),
		ETag: f.GetEtag(), Verdict: wire.VerdictWord(f.GetVerdict()), Reason: f.GetReason(), Until: moment(f.GetUntil()), StatDeleted: f.GetStatDeleted(),
	}
}

func newPurgeTotals(t *backmonv1.PurgeTotals) PurgeTotals {
	out := PurgeTotals{Planned: t.GetPlanned(), PlannedBytes: t.GetPlannedBytes(), Deleted: t.GetDeleted(), FreedBytes: t.GetFreedBytes()}
	for _, v := range t.GetRefused() {
		if out.Refused == nil {
			out.Refused = map[string]int64{}
		}
		out.Refused[wire.VerdictWord(v.GetVerdict())] += v.GetFiles()
	}
	return out
}

func newDownloaded(r bus.AuditRecord) Downloaded {
	m := r.Downloaded
	key := string(m.GetKey())
	return Downloaded{
		Record: Record{"downloaded", r.Sequence, moment(m.GetAt()), m.GetEnvironment(), m.GetDisk(), ""},
		Series: newRecordSeries(m.GetSeries()), Key: Name(key), KeyBase64: raw(key), Size: m.GetSize(), Sent: m.GetSent(),
		Mode: wire.Word(m.GetMode()), Complete: m.GetComplete(), User: m.GetUser(), Client: m.GetClient(),
	}
}
