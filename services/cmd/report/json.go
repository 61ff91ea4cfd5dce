package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/view"
)

// JSON writes the report as one JSON document, of what the package view shows.
func JSON(w io.Writer, r *Report) error {
	document := struct {
		Now      time.Time     `json:"now"`
		Severity string        `json:"severity"`
		Disks    []view.Disk   `json:"disks"`
		Series   []view.Series `json:"series"`
	}{r.Now.UTC(), r.Severity().String(), []view.Disk{}, []view.Series{}}
	for _, d := range r.Disks {
		document.Disks = append(document.Disks, view.NewDisk(d))
	}
	for _, s := range r.sorted() {
		document.Series = append(document.Series, view.NewSeries(&s))
	}
	return indented(w, document)
}

// SeriesJSON writes one status as one line of JSON.
func SeriesJSON(w io.Writer, s backup.Status) error { return line(w, view.NewSeries(&s)) }

func indented(w io.Writer, document any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(document)
}

func line(w io.Writer, document any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(document)
}
