package s3_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/s3"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

// put writes files through the protocol, which gives them version marks.
func put(server *storagetest.Server, bucket string, files []storagetest.File) {
	server.CreateBucket(bucket)
	for _, file := range files {
		server.PutObject(bucket, file.Key, file.Content)
	}
}

// servers are the kinds of servers that there are, by what they make of conditions.
func servers(server *storagetest.Server) map[string]storagetest.Handler {
	return map[string]storagetest.Handler{
		"if-match": nil,
		"ignores":  storagetest.IgnoreConditions,
		"batches":  server.HonourBatches,
	}
}

func TestDeleteContract(t *testing.T) {
	server := storagetest.StartS3(t)
	var count atomic.Int64
	t.Run("without proxy", func(t *testing.T) { deleteContract(t, server, &count, newProvider(t, configOf(server))) })
	for name, handler := range servers(server) {
		t.Run(name, func(t *testing.T) {
			provider, _ := behind(t, server, handler)
			deleteContract(t, server, &count, provider)
		})
	}
}

func deleteContract(t *testing.T, server *storagetest.Server, count *atomic.Int64, provider *s3.Provider) {
	t.Helper()
	storagetest.DeleteContract(t,
		func(_ *testing.T, files []storagetest.File) storagetest.Ground {
			bucket := fmt.Sprintf("bucket-%d", count.Add(1))
			put(server, bucket, files)
			return storagetest.Ground{
				Disk: provider.Disk(bucket),
				Lay:  func(file storagetest.File) { server.PutObject(bucket, file.Key, file.Content) },
			}
		},
		func(*testing.T) storage.Disk { return provider.Disk("no-such-bucket") })
}

// behind returns a provider whose requests pass the handler.
func behind(t *testing.T, server *storagetest.Server, handler storagetest.Handler) (*s3.Provider, *storagetest.Proxy) {
	t.Helper()
	proxy := storagetest.NewProxy(t, server)
	proxy.Handle(handler)
	config := configOf(server)
	config.Endpoint = proxy.URL
	return newProvider(t, config), proxy
}

// Files that were dropped into a server's folder have no version mark to send.
func TestDeleteWithoutVersionMarks(t *testing.T) {
	server := storagetest.StartS3(t)
	old := time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)
	fill(t, server, "bucket", []storagetest.File{
		{Key: "a/x", Content: "x", ModifiedAt: old},
		{Key: "a/x.stat", Content: "{}", ModifiedAt: old},
		{Key: "a/y", Content: "y", ModifiedAt: old},
		{Key: "z", Content: "z", ModifiedAt: old},
	})
	disk := newProvider(t, configOf(server)).Disk("bucket")
	victims := storagetest.Victims(t, disk)

	newer := []storagetest.File{{Key: "a/y", Content: "Y", ModifiedAt: old.Add(time.Second)}}
	lay(t, server, "bucket", newer)
	storagetest.WantTold(t, storagetest.Delete(t, disk, victims), "a/x deleted+", "a/y changed!", "z deleted")
	storagetest.WantFiles(t, disk, "a/y")
}
