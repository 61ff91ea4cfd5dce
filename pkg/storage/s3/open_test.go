package s3_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/s3"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

func TestOpenContract(t *testing.T) {
	server := storagetest.StartS3(t)
	var count atomic.Int64
	t.Run("without proxy", func(t *testing.T) { openContract(t, server, &count, newProvider(t, configOf(server))) })
	t.Run("ignores conditions", func(t *testing.T) {
		provider, _ := behind(t, server, storagetest.IgnoreConditions)
		openContract(t, server, &count, provider)
	})
}

func openContract(t *testing.T, server *storagetest.Server, count *atomic.Int64, provider *s3.Provider) {
	t.Helper()
	storagetest.OpenContract(t,
		func(t *testing.T, files []storagetest.File) storagetest.Ground {
			bucket := fmt.Sprintf("bucket-%d", count.Add(1))
			server.CreateBucket(bucket)
			put := func(file storagetest.File) { upload(t, server, bucket, file) }
			for _, file := range files {
				put(file)
			}
			return storagetest.Ground{Disk: provider.Disk(bucket), Lay: put}
		},
		func(*testing.T) storage.Disk { return provider.Disk("no-such-bucket") })
}

// upload gives an object a version mark, and a time where the file has one.
func upload(t *testing.T, server *storagetest.Server, bucket string, file storagetest.File) {
	t.Helper()
	server.PutObject(bucket, file.Key, file.Content)
	if file.ModifiedAt.IsZero() {
		return
	}
	if err := os.Chtimes(filepath.Join(server.Dir, bucket, filepath.FromSlash(file.Key)), file.ModifiedAt, file.ModifiedAt); err != nil {
		t.Fatal(err)
	}
}
