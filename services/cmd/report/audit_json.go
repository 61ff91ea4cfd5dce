package report

import (
	"encoding/json"
	"io"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/bus"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// AuditJSON writes one record as one line of JSON. Times are RFC 3339 in UTC,
// sizes bytes. Names that are not UTF-8 are quoted with \x escapes.
func AuditJSON(w io.Writer, r bus.AuditRecord) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	switch {
	case r.Refused != nil:
		return encoder.Encode(newJSONRefused(r))
	case r.Downloaded != nil:
		return encoder.Encode(newJSONDownloaded(r))
	default:
		return encoder.Encode(newJSONPurged(r))
	}
}

// jsonRecord is what all records have.
type jsonRecord struct {
	Kind        string     `json:"kind"` // "purged", "refused" or "downloaded"
	Sequence    uint64     `json:"sequence"`
	At          *time.Time `json:"at"`
	Environment string     `json:"environment"`
	Disk        string     `json:"disk"`
	Run         string     `json:"run,omitempty"` // of the purger
}

type jsonRefused struct {
	jsonRecord
	Series *jsonSeriesID `json:"series,omitempty"`
	Reason string        `json:"reason"`
	Text   string        `json:"text"`
	Files  int64         `json:"files"`
}

type jsonPurged struct {
	jsonRecord
	Phase  string          `json:"phase"`
	Mode   string          `json:"mode"`
	Chunk  int32           `json:"chunk"`
	Chunks int32           `json:"chunks"`
	Totals jsonPurgeTotals `json:"totals"`
	Files  []jsonAuditFile `json:"files"`
}

type jsonPurgeTotals struct {
	Planned      int64            `json:"planned"`
	PlannedBytes int64            `json:"planned_bytes"`
	Deleted      int64            `json:"deleted"`
	FreedBytes   int64            `json:"freed_bytes"`
	Refused      map[string]int64 `json:"refused,omitempty"`
}

type jsonAuditFile struct {
	Series      *jsonSeriesID `json:"series,omitempty"`
	Key         string        `json:"key"`
	Size        int64         `json:"size"`
	ModifiedAt  *time.Time    `json:"modified_at,omitempty"`
	ETag        string        `json:"etag,omitempty"`
	Verdict     string        `json:"verdict"`
	Reason      string        `json:"reason,omitempty"`
	Until       *time.Time    `json:"until,omitempty"`
	StatDeleted bool          `json:"stat_deleted,omitempty"`
}

type jsonSeriesID struct {
	Directory string `json:"directory"`
	File      string `json:"file"`
	Group     string `json:"group"`
}

func newJSONSeriesID(s *backmonv1.SeriesId) *jsonSeriesID {
	if s == nil {
		return nil
	}
	return &jsonSeriesID{s.GetDirectory(), s.GetFile(), plain(string(s.GetGroup()))}
}

func newJSONRefused(r bus.AuditRecord) jsonRefused {
	m := r.Refused
	return jsonRefused{
		jsonRecord: jsonRecord{"refused", r.Sequence, stamp(m.GetAt()), m.GetEnvironment(), m.GetDisk(), m.GetRun()},
		Series:     newJSONSeriesID(m.GetSeries()), Reason: m.GetReason(), Text: m.GetText(), Files: m.GetFiles(),
	}
}

func newJSONPurged(r bus.AuditRecord) jsonPurged {
	m := r.Purged
	out := jsonPurged{
		jsonRecord: jsonRecord{"purged", r.Sequence, stamp(m.GetAt()), m.GetEnvironment(), m.GetDisk(), m.GetRun()},
		Phase:      word(m.GetPhase().String(), "PURGE_PHASE_"), Mode: word(m.GetMode().String(), "PURGE_MODE_"),
		Chunk: m.GetChunk(), Chunks: m.GetChunks(), Totals: newJSONPurgeTotals(m.GetTotals()), Files: []jsonAuditFile{},
	}
	for _, f := range m.GetFiles() {
		out.Files = append(out.Files, jsonAuditFile{
			Series: newJSONSeriesID(f.GetSeries()), Key: plain(string(f.GetKey())), Size: f.GetSize(), ModifiedAt: stamp(f.GetModifiedAt()), ETag: f.GetEtag(),
			Verdict: verdictText(f.GetVerdict()), Reason: f.GetReason(), Until: stamp(f.GetUntil()), StatDeleted: f.GetStatDeleted(),
		})
	}
	return out
}

func newJSONPurgeTotals(t *backmonv1.PurgeTotals) jsonPurgeTotals {
	out := jsonPurgeTotals{Planned: t.GetPlanned(), PlannedBytes: t.GetPlannedBytes(), Deleted: t.GetDeleted(), FreedBytes: t.GetFreedBytes()}
	for _, v := range t.GetRefused() {
		if out.Refused == nil {
			out.Refused = map[string]int64{}
		}
		out.Refused[verdictText(v.GetVerdict())] += v.GetFiles()
	}
	return out
}

func stamp(t *timestamppb.Timestamp) *time.Time {
	if t == nil {
		return nil
	}
	return instant(t.AsTime())
}

// word writes a value of an enumeration as the configuration would: "dry-run".
func word(value, prefix string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(value, prefix)), "_", "-")
}
