package report_test

import (
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/goldentest"
	"github.com/backmon/backmon/services/cmd/report"
)

func TestLinesGolden(t *testing.T) {
	for file, colour := range map[string]bool{"lines.txt": false, "lines-coloured.txt": true} {
		t.Run(file, func(t *testing.T) {
			var b strings.Builder
			for _, r := range []*report.Report{morning(), hostile()} {
				for _, s := range r.Series {
					if err := report.SeriesLine(&b, s, colour); err != nil {
						t.Fatal(err)
					}
				}
			}
			for _, d := range append(fleet().Disks[2:3], hostile().Disks...) {
				if err := report.DiskLine(&b, d, noon, colour); err != nil {
					t.Fatal(err)
				}
			}
			goldentest.Compare(t, file, b.String())
		})
	}
}
