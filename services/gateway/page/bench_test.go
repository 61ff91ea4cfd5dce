package page_test

import (
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/backmon/backmon/services/gateway/board/boardtest"
	"github.com/backmon/backmon/services/gateway/page/pagetest"
)

// BenchmarkFirstByte asks a real server for the pages of 10,000 series, and tells
// the median time to the first byte and to the last. "changed" is the overview
// after the state of a series has changed, when nothing is in order any more.
func BenchmarkFirstByte(b *testing.B) {
	const series = 10_000
	now := time.Now()
	statuses := pagetest.Thousands(now, series)
	url := pagetest.Site{Board: statuses}.Serve(b)
	change := statuses.Series()[4711]
	for name, path := range map[string]string{
		"overview": "/", "list": "/series", "search": "/series?q=tenant-07&sort=deadline", "series": "/series/prod/db-03/postgres/nightly/postgres=2Ftenant-03-0017",
		"disk": "/disks/prod/db-03", "changed": "/",
	} {
		b.Run(name, func(b *testing.B) {
			var first, last []time.Duration
			for b.Loop() {
				if name == "changed" {
					change.Severity = 2 - change.Severity
					statuses.Apply(boardtest.SeriesEvent(change))
				}
				began := time.Now()
				answer, err := http.Get(url + path)
				if err != nil {
					b.Fatal(err)
				}
				first = append(first, time.Since(began))
				size, err := io.Copy(io.Discard, answer.Body)
				if err != nil || answer.StatusCode != http.StatusOK {
					b.Fatal(answer.Status, err)
				}
				_ = answer.Body.Close()
				last = append(last, time.Since(began))
				b.SetBytes(size)
			}
			b.ReportMetric(median(first), "ms-to-first-byte")
			b.ReportMetric(median(last), "ms-to-last-byte")
		})
	}
}

func median(all []time.Duration) float64 {
	slices.Sort(all)
	return float64(all[len(all)/2].Microseconds()) / 1000
}
