package view

import (
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// Disk is the last status of a disk in short.
type Disk struct {
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

// NewDisk shows a disk's status in short.
func NewDisk(d *backmonv1.DiskStatus) Disk {
	out := Disk{
		Environment: d.GetEnvironment(), Disk: d.GetDisk(), EvaluatedAt: moment(d.GetEvaluatedAt()), Error: d.GetError(),
		Files: d.GetTotals().GetFiles(), Bytes: d.GetTotals().GetBytes(), Quota: d.GetTotals().GetQuotaBytes(),
		Unmatched: d.GetTotals().GetUnmatchedFiles(), Ambiguous: d.GetAmbiguousFiles(),
		Requests: d.GetCost().GetRequests(), Seconds: d.GetCost().GetElapsed().AsDuration().Seconds(),
	}
	for _, key := range d.GetTotals().GetUnmatchedSamples() {
		out.Samples = append(out.Samples, Name(string(key)))
	}
	for _, p := range wire.ParseProblems(d.GetProblems()) {
		out.Problems = append(out.Problems, p.Error())
	}
	return out
}

// DiskDetail is the last status of a disk in full.
type DiskDetail struct {
	Disk
	SucceededAt  *time.Time `json:"succeeded_at,omitempty"`
	FailingSince *time.Time `json:"failing_since,omitempty"`
	// ErrorKind is the error for machines, as "access-denied".
	ErrorKind       string      `json:"error_kind,omitempty"`
	Flags           []string    `json:"flags"`
	DefinitionSound bool        `json:"definition_sound"`
	Problems        []Problem   `json:"definition_problems"`
	NextDeadline    *time.Time  `json:"next_deadline,omitempty"`
	PurgeFrozen     string      `json:"purge_frozen,omitempty"`
	MatchedFiles    int64       `json:"matched_files"`
	OrphanedStats   int64       `json:"orphaned_stats"`
	Ambiguous       []Ambiguous `json:"ambiguous_samples"`
	MassDeleteAt    *time.Time  `json:"mass_delete_at,omitempty"`
	MassDeleteFiles int64       `json:"mass_delete_files,omitempty"`
}

// NewDiskDetail shows a disk's status in full.
func NewDiskDetail(d *backmonv1.DiskStatus) DiskDetail {
	out := DiskDetail{
		Disk: NewDisk(d), SucceededAt: moment(d.GetSucceededAt()), FailingSince: moment(d.GetFailingSince()),
		Flags: each(d.GetFlags(), func(f backmonv1.DiskFlag) string { return wire.Name(f) }), DefinitionSound: d.GetDefinitionSound(),
		Problems: each(wire.ParseProblems(d.GetProblems()), newProblem), NextDeadline: moment(d.GetNextDeadline()),
		PurgeFrozen: d.GetPurgeFrozen(), MatchedFiles: d.GetTotals().GetMatchedFiles(), OrphanedStats: d.GetTotals().GetOrphanedStats(),
		Ambiguous:    each(d.GetAmbiguousSamples(), newAmbiguous),
		MassDeleteAt: moment(d.GetMassDeleteAt()), MassDeleteFiles: d.GetMassDeleteFiles(),
	}
	if kind := d.GetErrorKind(); kind != backmonv1.ErrorKind_ERROR_KIND_UNSPECIFIED {
		out.ErrorKind = wire.Word(kind)
	}
	return out
}

// Problem is one thing that is wrong with a disk's definitions.
type Problem struct {
	Level   string   `json:"level"` // error or warning
	File    string   `json:"file"`
	Line    int      `json:"line"`
	Column  int      `json:"column"`
	Path    string   `json:"path,omitempty"`
	Message string   `json:"message"`
	Hint    string   `json:"hint,omitempty"`
	Excerpt *Excerpt `json:"excerpt,omitempty"`
}

// Excerpt is the text around a problem.
type Excerpt struct {
	Line int    `json:"line"` // number of its first line
	Text string `json:"text"`
}

func newProblem(p backup.Problem) Problem {
	out := Problem{
		Level: p.Level.String(), File: p.File, Line: p.Line, Column: p.Column, Path: p.Path, Message: p.Message, Hint: p.Hint,
	}
	if p.Excerpt != (backup.Excerpt{}) {
		out.Excerpt = &Excerpt{p.Excerpt.Line, p.Excerpt.Text}
	}
	return out
}

// Ambiguous is a file that more than one rule matches.
type Ambiguous struct {
	Key       string   `json:"key"`
	KeyBase64 []byte   `json:"key_base64,omitempty"`
	Rules     []string `json:"rules"`
}

func newAmbiguous(a *backmonv1.AmbiguousFile) Ambiguous {
	key := string(a.GetKey())
	return Ambiguous{Name(key), raw(key), append([]string{}, a.GetRules()...)}
}
