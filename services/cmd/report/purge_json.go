package report

import (
	"io"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/scan"
	"github.com/backmon/backmon/pkg/view"
)

// PurgeJSON writes a preview or forecast as one JSON document. Times are RFC 3339
// in UTC, dates those of the rule's zone, sizes bytes. Names that are not UTF-8 are
// quoted with \x escapes.
func PurgeJSON(w io.Writer, p *Purge) error {
	document := jsonPurge{Now: p.Now.UTC(), At: view.Instant(p.At), Disks: []jsonPurgeDisk{}}
	for i := range p.Disks {
		document.Disks = append(document.Disks, newJSONPurgeDisk(p, &p.Disks[i]))
	}
	return indented(w, document)
}

type jsonPurge struct {
	Now   time.Time       `json:"now"`
	At    *time.Time      `json:"at,omitempty"`
	Disks []jsonPurgeDisk `json:"disks"`
}

type jsonPurgeDisk struct {
	Environment string            `json:"environment"`
	Disk        string            `json:"disk"`
	Error       string            `json:"error,omitempty"`
	Blocked     string            `json:"blocked,omitempty"`
	Series      []jsonPurgeSeries `json:"series"`
}

type jsonPurgeSeries struct {
	Directory    string          `json:"directory"`
	File         string          `json:"file"`
	Group        string          `json:"group"`
	State        string          `json:"state"`
	Flags        []string        `json:"flags"`
	Blocked      string          `json:"blocked,omitempty"`
	KeptFiles    int             `json:"kept_files"`
	KeptBytes    int64           `json:"kept_bytes"`
	ExpiredFiles int             `json:"expired_files"`
	ExpiredBytes int64           `json:"expired_bytes"`
	Files        []jsonPurgeFile `json:"files"`
	Days         []jsonPurgeDay  `json:"days,omitempty"`
}

type jsonPurgeFile struct {
	Key     string     `json:"key"`
	Size    int64      `json:"size"`
	Time    *time.Time `json:"time"`
	Rank    int        `json:"rank"`
	Expired bool       `json:"expired"`
	Reasons []string   `json:"reasons"`
}

type jsonPurgeDay struct {
	Date  string     `json:"date"`
	At    *time.Time `json:"at"`
	Files int        `json:"files"`
	Bytes int64      `json:"bytes"`
	Keys  []string   `json:"keys"`
}

func newJSONPurgeDisk(p *Purge, d *PurgeDisk) jsonPurgeDisk {
	out := jsonPurgeDisk{Environment: d.Environment, Disk: view.Name(d.Disk), Blocked: d.Preview.Blocked, Series: []jsonPurgeSeries{}}
	if d.Err != nil {
		out.Error = d.Err.Error()
	}
	for i := range d.Preview.Series {
		s := &d.Preview.Series[i]
		series := newJSONPurgeSeries(s)
		if !p.At.IsZero() && s.Rule != nil {
			series.Days = newJSONPurgeDays(backup.Forecast(s.Rule, s.Dated(), p.Now, p.At))
		}
		out.Series = append(out.Series, series)
	}
	return out
}

func newJSONPurgeSeries(s *scan.SeriesPreview) jsonPurgeSeries {
	id := s.Status.Series
	out := jsonPurgeSeries{
		Directory: id.Directory, File: id.File, Group: view.Name(id.Group), State: s.Status.State.String(), Flags: []string{}, Blocked: s.Blocked,
		KeptFiles: s.Kept.Files, KeptBytes: s.Kept.Bytes, ExpiredFiles: s.Expired.Files, ExpiredBytes: s.Expired.Bytes, Files: []jsonPurgeFile{},
	}
	for _, f := range s.Status.Flags {
		out.Flags = append(out.Flags, f.String())
	}
	for _, f := range s.Files {
		out.Files = append(out.Files, jsonPurgeFile{
			Key: view.Name(f.Key), Size: f.Size, Time: view.Instant(f.Time), Rank: f.Rank, Expired: f.Expired, Reasons: f.Reasons,
		})
	}
	return out
}

func newJSONPurgeDays(days []backup.PurgeDay) []jsonPurgeDay {
	out := make([]jsonPurgeDay, 0, len(days))
	for _, d := range days {
		day := jsonPurgeDay{Date: d.At.Format(time.DateOnly), At: view.Instant(d.At), Files: len(d.Files), Bytes: daySize(d)}
		for _, f := range d.Files {
			day.Keys = append(day.Keys, view.Name(f.Key))
		}
		out = append(out, day)
	}
	return out
}
