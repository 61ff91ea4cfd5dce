package s3_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/s3"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

func TestContract(t *testing.T) {
	server := storagetest.StartS3(t)
	provider := newProvider(t, configOf(server))
	var count atomic.Int64
	storagetest.Contract(t,
		func(t *testing.T, files []storagetest.File) storage.Disk {
			bucket := fmt.Sprintf("bucket-%d", count.Add(1))
			fill(t, server, bucket, files)
			return provider.Disk(bucket)
		},
		func(*testing.T) storage.Disk { return provider.Disk("no-such-bucket") })
}

func configOf(server *storagetest.Server) s3.Config {
	return s3.Config{
		Endpoint: server.Endpoint, Region: storagetest.Region, ForcePathStyle: true,
		AccessKeyID: server.AccessKey, SecretAccessKey: s3.Secret(server.SecretKey),
	}
}

func newProvider(t testing.TB, config s3.Config) *s3.Provider {
	t.Helper()
	provider, err := s3.New(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	return provider
}

// fill lays files into the server's folder, which is far faster than uploading.
func fill(t *testing.T, server *storagetest.Server, bucket string, files []storagetest.File) {
	t.Helper()
	server.CreateBucket(bucket)
	lay(t, server, bucket, files)
}

func lay(t *testing.T, server *storagetest.Server, bucket string, files []storagetest.File) {
	t.Helper()
	for _, file := range files {
		if strings.HasSuffix(file.Key, "/") {
			server.PutObject(bucket, file.Key, "")
			continue
		}
		path := filepath.Join(server.Dir, bucket, filepath.FromSlash(file.Key))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(file.Content), 0o644); err != nil {
			t.Fatal(err)
		}
		if file.ModifiedAt.IsZero() {
			continue
		}
		if err := os.Chtimes(path, file.ModifiedAt, file.ModifiedAt); err != nil {
			t.Fatal(err)
		}
	}
}
