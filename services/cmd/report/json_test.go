package report_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/goldentest"
	"github.com/backmon/backmon/services/cmd/report"
)

func TestJSONGolden(t *testing.T) {
	for file, r := range map[string]*report.Report{"morning.json": morning(), "hostile.json": hostile(), "nothing.json": {Now: noon}} {
		t.Run(file, func(t *testing.T) {
			var b strings.Builder
			if err := report.JSON(&b, r); err != nil {
				t.Fatal(err)
			}
			goldentest.Compare(t, file, b.String())
		})
	}
}

// Programs may rely on lists being lists, and on the order.
func TestJSONShape(t *testing.T) {
	for name, r := range map[string]*report.Report{"nothing": {Now: noon}, "hostile": hostile(), "morning": morning()} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if err := report.JSON(&b, r); err != nil {
				t.Fatal(err)
			}
			var document struct {
				Severity string
				Series   []struct {
					State   string
					Flags   []string
					Reasons []string
				}
				Disks []map[string]any
			}
			if err := json.Unmarshal([]byte(b.String()), &document); err != nil {
				t.Fatal(err)
			}
			if document.Series == nil || document.Disks == nil || len(document.Series) != len(r.Series) || len(document.Disks) != len(r.Disks) {
				t.Errorf("%d series and %d disks, want %d and %d", len(document.Series), len(document.Disks), len(r.Series), len(r.Disks))
			}
			for _, s := range document.Series {
				if s.State == "" || s.Flags == nil || s.Reasons == nil {
					t.Errorf("a series lacks something: %+v", s)
				}
			}
			if document.Severity != r.Severity().String() {
				t.Errorf("severity %q, want %q", document.Severity, r.Severity())
			}
		})
	}
}

// One status is one line, whatever its names hold.
func TestSeriesJSONIsOneLine(t *testing.T) {
	for _, s := range hostile().Series {
		var b strings.Builder
		if err := report.SeriesJSON(&b, s); err != nil {
			t.Fatal(err)
		}
		if strings.Count(b.String(), "\n") != 1 || !json.Valid([]byte(b.String())) {
			t.Errorf("not one line of JSON: %q", b.String())
		}
	}
}
