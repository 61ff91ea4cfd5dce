package download_test

import (
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/local"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

// largeFile is the size of the file in TestMemoryIsConstant, on each storage. With
// -args -large-file=5368709120 it is 5 GiB.
var largeFile = flag.Int64("large-file", 256<<20, "bytes of the file whose download must need no memory")

// mostMemory is how much the heap may grow, with the client in the same process.
const mostMemory = 8 << 20

// tail stands at the end of a sparse file.
const tail = "the end"

// sparse lays a file that takes no room but has that size.
func sparse(t *testing.T, path string, size int64) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if _, err := file.WriteAt([]byte(tail), size-int64(len(tail))); err != nil {
		t.Fatal(err)
	}
}

func TestMemoryIsConstant(t *testing.T) {
	root := t.TempDir()
	sparse(t, filepath.Join(root, "large"), *largeFile)
	folder, err := local.New(local.Config{Path: root})
	if err != nil {
		t.Fatal(err)
	}
	server := storagetest.StartS3(t)
	server.CreateBucket("bucket")
	sparse(t, filepath.Join(server.Dir, "bucket", "large"), *largeFile)
	for name, c := range map[string]struct {
		provider storage.Provider
		disk     string
	}{"folder": {folder, root}, "S3": {account(t, server), "bucket"}} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, c.provider, c.disk, "large", nil)
			began := time.Now()
			bytes, peak := s.drink()
			took := time.Since(began)
			t.Logf("%d MiB in %v, %.0f MiB/s, heap +%d KiB", bytes>>20, took.Round(time.Millisecond), float64(bytes>>20)/took.Seconds(), peak>>10)
			if bytes != *largeFile || peak > mostMemory {
				t.Errorf("%d of %d bytes, heap grew by %d", bytes, *largeFile, peak)
			}
			if record := s.next(); !record.GetComplete() || record.GetSent() != *largeFile {
				t.Errorf("record %v", record)
			}
		})
	}
}

// drink fetches the file, and returns how much came and by how much the heap grew
// meanwhile at most.
func (s *site) drink() (total, peak int64) {
	s.t.Helper()
	before, buffer, end := heap(true), make([]byte, 1<<20), ""
	response, err := http.Get(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	for err == nil {
		var n int
		n, err = io.ReadFull(response.Body, buffer)
		total += int64(n)
		end += string(buffer[max(0, n-len(tail)):n])
		end = end[max(0, len(end)-len(tail)):]
		if total>>20%8 == 0 { // a look stops everything for a moment
			peak = max(peak, heap(false)-before)
		}
	}
	if end != tail || !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		s.t.Errorf("it ends with %q, %v", end, err)
	}
	return total, peak
}

// heap is how many bytes are in use, garbage that was not collected yet among them.
func heap(collect bool) int64 {
	if collect {
		runtime.GC()
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapInuse)
}
