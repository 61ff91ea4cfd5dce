package s3_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

// BenchmarkWindow measures, at a server without conditional deletes, the time in
// which a replaced file would be lost: from the arrival of the last look at it to
// the arrival of its delete. Networks add their round trip.
func BenchmarkWindow(b *testing.B) {
	server := storagetest.StartS3(b)
	server.CreateBucket("bucket")
	looked, windows := make(map[string]time.Time), []time.Duration(nil)
	var mu sync.Mutex
	proxy := storagetest.NewProxy(b, server)
	proxy.Handle(func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		switch r.Method {
		case http.MethodHead:
			looked[r.URL.Path] = time.Now()
		case http.MethodDelete:
			windows = append(windows, time.Since(looked[r.URL.Path]))
		}
		return storagetest.IgnoreConditions(w, r)
	})
	config := configOf(server)
	config.Endpoint = proxy.URL
	disk := newProvider(b, config).Disk("bucket")
	victims := make([]storage.Victim, 0, b.N)
	for i := range b.N {
		server.PutObject("bucket", "d/"+strings.Repeat("x", i%50)+time.Duration(i).String(), "content")
	}
	victims = append(victims, storagetest.Victims(b, disk)...)
	b.ResetTimer()
	storagetest.Delete(b, disk, victims)
	slices.Sort(windows)
	b.ReportMetric(float64(windows[len(windows)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(windows[len(windows)*99/100].Microseconds()), "p99-µs")
}
