package view

import (
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// SeriesID names a series.
type SeriesID struct {
	Environment string `json:"environment"`
	Disk        string `json:"disk"`
	Directory   string `json:"directory"`
	File        string `json:"file"`
	Group       string `json:"group"`
	GroupBase64 []byte `json:"group_base64,omitempty"`
}

// NewSeriesID shows the name of a series.
func NewSeriesID(id backup.SeriesID) SeriesID {
	return SeriesID{Name(id.Environment), Name(id.Disk), Name(id.Directory), Name(id.File), Name(id.Group), raw(id.Group)}
}

// Series is the last status of a series in short.
type Series struct {
	SeriesID
	State       string            `json:"state"`
	Flags       []string          `json:"flags"`
	Severity    string            `json:"severity"`
	Reasons     []string          `json:"reasons"`      // sentences, the worst first
	Codes       []string          `json:"reason_codes"` // of each reason, the state or flag that it is for
	Since       *time.Time        `json:"since,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Schedule    string            `json:"schedule,omitempty"`
	Timezone    string            `json:"timezone,omitempty"`
	Slot        *time.Time        `json:"slot,omitempty"`
	Deadline    *time.Time        `json:"deadline,omitempty"`
	Missed      int               `json:"missed_slots"`
	Files       int               `json:"files"`
	Bytes       int64             `json:"bytes"`
	Latest      *Latest           `json:"latest,omitempty"`
	Expired     int               `json:"expired_files"`
	ExpiredSize int64             `json:"expired_bytes"`
	EvaluatedAt *time.Time        `json:"evaluated_at,omitempty"`
}

// NewSeries shows a status in short.
func NewSeries(s *backup.Status) Series {
	return Series{
		SeriesID: NewSeriesID(s.Series),
		State:    s.State.String(), Flags: texts(s.Flags), Severity: s.Severity.String(), Since: Instant(s.Since),
		Reasons: each(s.Reasons, func(r backup.Reason) string { return r.Text }),
		Codes:   each(s.Reasons, func(r backup.Reason) string { return r.Code }),
		Labels:  s.Policy.Labels, Schedule: s.Policy.Schedule, Timezone: s.Policy.Timezone,
		Slot: Instant(s.Slot.Open), Deadline: Instant(s.Slot.Deadline), Missed: s.Slot.Missed,
		Files: s.Files.Count, Bytes: s.Files.Bytes, Latest: newLatest(s.Files.Latest),
		Expired: s.Expired.Count, ExpiredSize: s.Expired.Bytes, EvaluatedAt: Instant(s.EvaluatedAt),
	}
}

// Latest is the newest file of a series.
type Latest struct {
	Key        string     `json:"key"`
	KeyBase64  []byte     `json:"key_base64,omitempty"`
	Size       int64      `json:"size"`
	Time       *time.Time `json:"time"`
	BornAt     *time.Time `json:"born_at"`
	ModifiedAt *time.Time `json:"modified_at"`
	ArchivedAt *time.Time `json:"archived_at"`
	Seconds    float64    `json:"duration_seconds"`
}

func newLatest(l *backup.LatestFile) *Latest {
	if l == nil {
		return nil
	}
	return &Latest{
		Key: Name(l.Key), KeyBase64: raw(l.Key), Size: l.Size, Time: Instant(l.Time), BornAt: Instant(l.BornAt()),
		ModifiedAt: Instant(l.FinishedAt()), ArchivedAt: Instant(l.ArchivedAt()), Seconds: l.Duration().Seconds(),
	}
}

// Policy is what the rule of a series asks for.
type Policy struct {
	GraceSeconds     float64 `json:"grace_seconds"`
	EarlySeconds     float64 `json:"early_seconds"`
	Sort             string  `json:"sort,omitempty"`
	MinSize          int64   `json:"min_size,omitempty"`
	MaxSize          int64   `json:"max_size,omitempty"`
	Purge            bool    `json:"purge"`
	RetentionCount   int     `json:"retention_count,omitempty"`
	RetentionSeconds float64 `json:"retention_age_seconds,omitempty"`
	Keep             *Keep   `json:"keep,omitempty"`
	Line             int     `json:"line,omitempty"` // of the rule in the definitions file
}

// Keep is the part of a policy that restic's rules make up.
type Keep struct {
	Last          int     `json:"last,omitempty"`
	Hourly        int     `json:"hourly,omitempty"`
	Daily         int     `json:"daily,omitempty"`
	Weekly        int     `json:"weekly,omitempty"`
	Monthly       int     `json:"monthly,omitempty"`
	Yearly        int     `json:"yearly,omitempty"`
	WithinSeconds float64 `json:"within_seconds,omitempty"`
}

func newPolicy(p backup.Policy) Policy {
	out := Policy{
		GraceSeconds: p.Grace.Seconds(), EarlySeconds: p.Early.Seconds(), Sort: p.Sort, MinSize: p.MinSize, MaxSize: p.MaxSize,
		Purge: p.Purge, RetentionCount: p.RetentionCount, RetentionSeconds: p.RetentionAge.Seconds(), Line: p.Line,
	}
	if k := p.Keep; !k.IsZero() {
		out.Keep = &Keep{k.Last, k.Hourly, k.Daily, k.Weekly, k.Monthly, k.Yearly, k.Within.Seconds()}
	}
	return out
}

// SeriesDetail is the last status of a series in full.
type SeriesDetail struct {
	Series
	Policy       Policy     `json:"policy"`
	KnownSince   *time.Time `json:"known_since,omitempty"`
	SeenAt       *time.Time `json:"seen_at,omitempty"`
	NextDeadline *time.Time `json:"next_deadline,omitempty"`
	YoungFiles   int        `json:"young_files"`
	FutureFiles  int        `json:"future_files"`
	// Recent are the newest files, newest first, as far as the status has them.
	Recent []RecentFile `json:"recent"`
	// Expiring are the files that retention lets go of, the oldest first, as far
	// as the status has them, each with the reason.
	Expiring []ExpiringFile `json:"expiring"`
	// PurgeBlock is why nothing of the series may be purged now.
	PurgeBlock *Reason `json:"purge_block,omitempty"`
}

// NewSeriesDetail shows a status in full.
func NewSeriesDetail(s *backup.Status) SeriesDetail {
	out := SeriesDetail{
		Series: NewSeries(s), Policy: newPolicy(s.Policy), KnownSince: Instant(s.KnownSince), SeenAt: Instant(s.SeenAt),
		NextDeadline: Instant(s.Slot.NextDeadline), YoungFiles: s.Files.Young, FutureFiles: s.Files.Future,
		Recent: each(s.Files.Recent, func(f backup.RecentFile) RecentFile { return RecentFile{Instant(f.Time), f.Size} }),
	}
	out.Expiring = NewExpiringFiles(s.Expired.Files)
	if block, blocked := s.PurgeBlock(); blocked {
		out.PurgeBlock = &Reason{block.Code, block.Text}
	}
	return out
}

// Reason says why, for machines and for people.
type Reason struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// RecentFile is one of the newest files of a series.
type RecentFile struct {
	Time *time.Time `json:"time"`
	Size int64      `json:"size"`
}

// ExpiringFile is a file that retention lets go of.
type ExpiringFile struct {
	Key        string     `json:"key"`
	KeyBase64  []byte     `json:"key_base64,omitempty"`
	Size       int64      `json:"size"`
	Time       *time.Time `json:"time"`
	ModifiedAt *time.Time `json:"modified_at,omitempty"`
	Reason     string     `json:"reason"`
}

// NewExpiringFiles shows files that retention lets go of.
func NewExpiringFiles(files []backup.ExpiredFile) []ExpiringFile {
	return each(files, func(f backup.ExpiredFile) ExpiringFile {
		return ExpiringFile{Name(f.Key), raw(f.Key), f.Size, Instant(f.Time), Instant(f.ModifiedAt), f.Reason}
	})
}

// Slot is one scheduled time of a series.
type Slot struct {
	At       *time.Time `json:"at"`
	Deadline *time.Time `json:"deadline"`
	Outcome  string     `json:"outcome"` // met, late, missed, unknown or open
	FileTime *time.Time `json:"file_time,omitempty"`
	FileSize *int64     `json:"file_size,omitempty"`
}

// NewSlots shows the last slots of a series.
func NewSlots(slots []backup.Slot) []Slot {
	return each(slots, func(s backup.Slot) Slot {
		out := Slot{At: Instant(s.At), Deadline: Instant(s.Deadline), Outcome: s.Outcome.String()}
		if !s.File.Time.IsZero() {
			out.FileTime, out.FileSize = Instant(s.File.Time), &s.File.Size
		}
		return out
	})
}
