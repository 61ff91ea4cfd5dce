package report

import (
	"encoding/json"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// JSON writes the report as one JSON document. Times are RFC 3339 in UTC, sizes
// bytes, durations seconds; what does not apply is left out. Names that are not
// UTF-8 are quoted with \x escapes.
func JSON(w io.Writer, r *Report) error {
	document := jsonReport{Now: r.Now.UTC(), Severity: r.Severity().String(), Disks: []jsonDisk{}, Series: []jsonSeries{}}
	for _, d := range r.Disks {
		document.Disks = append(document.Disks, newJSONDisk(d))
	}
	for _, s := range r.sorted() {
		document.Series = append(document.Series, newJSONSeries(s))
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(document)
}

// SeriesJSON writes one status as one line of JSON.
func SeriesJSON(w io.Writer, s backup.Status) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(newJSONSeries(s))
}

type jsonReport struct {
	Now      time.Time    `json:"now"`
	Severity string       `json:"severity"`
	Disks    []jsonDisk   `json:"disks"`
	Series   []jsonSeries `json:"series"`
}

type jsonDisk struct {
	Environment string     `json:"environment"`
	Disk        string     `json:"disk"`
	EvaluatedAt *time.Time `json:"evaluated_at,omitempty"`
	Error       string     `json:"error,omitempty"`
	Files       int64      `json:"files"`
	Bytes       int64      `json:"bytes"`
	Quota       int64      `json:"quota_bytes,omitempty"`
	Unmatched   int64      `json:"unmatched_files"`
	Samples     []string   `json:"unmatched_samples,omitempty"`
	Ambiguous   int64      `json:"ambiguous_files"`
	Problems    []string   `json:"problems,omitempty"`
	Requests    int64      `json:"requests"`
	Seconds     float64    `json:"seconds"`
}

func newJSONDisk(d *backmonv1.DiskStatus) jsonDisk {
	out := jsonDisk{
		Environment: d.GetEnvironment(), Disk: d.GetDisk(), Error: d.GetError(), Files: d.GetTotals().GetFiles(), Bytes: d.GetTotals().GetBytes(),
		Quota: d.GetTotals().GetQuotaBytes(), Unmatched: d.GetTotals().GetUnmatchedFiles(), Ambiguous: d.GetAmbiguousFiles(),
		Requests: d.GetCost().GetRequests(), Seconds: d.GetCost().GetElapsed().AsDuration().Seconds(),
	}
	if at := d.GetEvaluatedAt(); at != nil {
		out.EvaluatedAt = instant(at.AsTime())
	}
	for _, key := range d.GetTotals().GetUnmatchedSamples() {
		out.Samples = append(out.Samples, plain(string(key)))
	}
	for _, p := range wire.ParseProblems(d.GetProblems()) {
		out.Problems = append(out.Problems, p.Error())
	}
	return out
}

type jsonSeries struct {
	Environment string            `json:"environment"`
	Disk        string            `json:"disk"`
	Directory   string            `json:"directory"`
	File        string            `json:"file"`
	Group       string            `json:"group"`
	State       string            `json:"state"`
	Flags       []string          `json:"flags"`
	Severity    string            `json:"severity"`
	Reasons     []string          `json:"reasons"`
	Since       *time.Time        `json:"since,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Schedule    string            `json:"schedule,omitempty"`
	Timezone    string            `json:"timezone,omitempty"`
	Slot        *time.Time        `json:"slot,omitempty"`
	Deadline    *time.Time        `json:"deadline,omitempty"`
	Missed      int               `json:"missed_slots"`
	Files       int               `json:"files"`
	Bytes       int64             `json:"bytes"`
	Latest      *jsonLatest       `json:"latest,omitempty"`
	Expired     int               `json:"expired_files"`
	ExpiredSize int64             `json:"expired_bytes"`
	EvaluatedAt *time.Time        `json:"evaluated_at,omitempty"`
}

type jsonLatest struct {
	Key        string     `json:"key"`
	Size       int64      `json:"size"`
	Time       *time.Time `json:"time"`
	BornAt     *time.Time `json:"born_at"`
	ModifiedAt *time.Time `json:"modified_at"`
	ArchivedAt *time.Time `json:"archived_at"`
	Seconds    float64    `json:"duration_seconds"`
}

func newJSONSeries(s backup.Status) jsonSeries {
	out := jsonSeries{
		Environment: s.Series.Environment, Disk: s.Series.Disk, Directory: s.Series.Directory, File: s.Series.File, Group: plain(s.Series.Group),
		State: s.State.String(), Flags: []string{}, Severity: s.Severity.String(), Reasons: []string{}, Since: instant(s.Since),
		Labels: s.Policy.Labels, Schedule: s.Policy.Schedule, Timezone: s.Policy.Timezone,
		Slot: instant(s.Slot.Open), Deadline: instant(s.Slot.Deadline), Missed: s.Slot.Missed,
		Files: s.Files.Count, Bytes: s.Files.Bytes, Latest: newJSONLatest(s.Files.Latest),
		Expired: s.Expired.Count, ExpiredSize: s.Expired.Bytes, EvaluatedAt: instant(s.EvaluatedAt),
	}
	for _, f := range s.Flags {
		out.Flags = append(out.Flags, f.String())
	}
	for _, r := range s.Reasons {
		out.Reasons = append(out.Reasons, r.Text)
	}
	return out
}

func newJSONLatest(l *backup.LatestFile) *jsonLatest {
	if l == nil {
		return nil
	}
	return &jsonLatest{
		Key: plain(l.Key), Size: l.Size, Time: instant(l.Time), BornAt: instant(l.BornAt()), ModifiedAt: instant(l.FinishedAt()),
		ArchivedAt: instant(l.ArchivedAt()), Seconds: l.Duration().Seconds(),
	}
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// plain returns a name as it is when it is UTF-8, else quoted.
func plain(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	return strconv.Quote(name)
}
