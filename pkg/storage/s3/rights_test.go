package s3_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/s3"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

const allow = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["%s"]},"Action":["%s"],"Resource":["arn:aws:s3:::%s"]}]}`

func TestDisksAreSorted(t *testing.T) {
	server := storagetest.StartS3(t)
	for _, name := range []string{"bucket-b", "bucket-c", "bucket-a"} {
		server.CreateBucket(name)
	}
	names, err := newProvider(t, configOf(server)).Disks(context.Background())
	if want := []string{"bucket-a", "bucket-b", "bucket-c"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("got %q, %v; want %q", names, err, want)
	}
}

func TestRightsAreToldApart(t *testing.T) {
	server := storagetest.StartS3(t)
	server.AddUser("monitor", "monitor-secret")
	file := []storagetest.File{{Key: "file", Content: "x"}}
	for _, bucket := range []string{"bucket-list", "bucket-read", "bucket-denied"} {
		fill(t, server, bucket, file)
	}
	server.PutBucketPolicy("bucket-list", fmt.Sprintf(allow, "monitor", "s3:ListBucket", "bucket-list"))
	server.PutBucketPolicy("bucket-read", fmt.Sprintf(allow, "monitor", "s3:GetObject", "bucket-read/*"))
	config := configOf(server)
	config.AccessKeyID, config.SecretAccessKey = "monitor", "monitor-secret"
	provider := newProvider(t, config)

	for bucket, want := range map[string]struct{ list, read error }{
		"bucket-list":    {nil, storage.ErrAccessDenied},
		"bucket-read":    {storage.ErrAccessDenied, nil},
		"bucket-denied":  {storage.ErrAccessDenied, storage.ErrAccessDenied},
		"bucket-nowhere": {storage.ErrNotFound, storage.ErrNotFound},
	} {
		t.Run(bucket, func(t *testing.T) {
			disk := provider.Disk(bucket)
			if _, _, err := listAll(disk); !errors.Is(err, want.list) {
				t.Errorf("list: got %v, want %v", err, want.list)
			}
			if _, err := disk.Read(context.Background(), "file", 10); !errors.Is(err, want.read) {
				t.Errorf("read: got %v, want %v", err, want.read)
			}
		})
	}
	_, _, err := listAll(provider.Disk("bucket-denied"))
	if want := `list bucket "bucket-denied": access denied`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestWrongKeysAreToldApart(t *testing.T) {
	server := storagetest.StartS3(t)
	server.CreateBucket("bucket")
	for name, test := range map[string]struct{ id, secret, want string }{
		"an unknown access key": {"nobody", "hush", "the server doesn't know the access key"},
		"a wrong secret key":    {server.AccessKey, "hush", "the secret access key doesn't fit the access key"},
	} {
		t.Run(name, func(t *testing.T) {
			config := configOf(server)
			config.AccessKeyID, config.SecretAccessKey = test.id, s3.Secret(test.secret)
			provider := newProvider(t, config)
			_, errDisks := provider.Disks(context.Background())
			_, _, errList := listAll(provider.Disk("bucket"))
			for _, err := range []error{errDisks, errList} {
				if !errors.Is(err, storage.ErrAccessDenied) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want access denied: %s", err, test.want)
				}
				if err != nil && strings.Contains(err.Error(), "hush") {
					t.Errorf("the secret is in %q", err)
				}
			}
		})
	}
}
