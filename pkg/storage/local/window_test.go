package local

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// BenchmarkWindow measures the time in which a replaced file would be lost: from
// the answer to the last look at it to the end of the system call that removes it.
func BenchmarkWindow(b *testing.B) {
	path := b.TempDir()
	root, err := os.OpenRoot(path)
	if err != nil {
		b.Fatal(err)
	}
	defer root.Close()
	windows := make([]time.Duration, 0, b.N)
	for i := range b.N {
		name := strconv.Itoa(i)
		if err := os.WriteFile(filepath.Join(path, name), []byte("content"), 0o600); err != nil {
			b.Fatal(err)
		}
		var looked time.Time
		err := remove(root, name, func(fs.FileInfo) error { looked = time.Now(); return nil })
		if err != nil {
			b.Fatal(err)
		}
		windows = append(windows, time.Since(looked))
	}
	slices.Sort(windows)
	b.ReportMetric(float64(windows[len(windows)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(windows[len(windows)*99/100].Nanoseconds()), "p99-ns")
	b.ReportMetric(float64(windows[len(windows)-1].Nanoseconds()), "max-ns")
}
