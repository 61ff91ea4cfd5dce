package s3_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/s3"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

// administrator is a client for what backmon itself never does.
func administrator(server *storagetest.Server) *sdk.Client {
	return sdk.New(sdk.Options{
		BaseEndpoint: aws.String(server.Endpoint), Region: storagetest.Region, UsePathStyle: true,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: server.AccessKey, SecretAccessKey: server.SecretKey}, nil
		}),
	})
}

func setVersions(t *testing.T, server *storagetest.Server, bucket string, status types.BucketVersioningStatus) {
	t.Helper()
	_, err := administrator(server).PutBucketVersioning(context.Background(), &sdk.PutBucketVersioningInput{
		Bucket: &bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: status},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// versions lists all versions and markers: "key size" and "key marker".
func versions(t *testing.T, server *storagetest.Server, bucket string) []string {
	t.Helper()
	output, err := administrator(server).ListObjectVersions(context.Background(), &sdk.ListObjectVersionsInput{Bucket: &bucket})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, version := range output.Versions {
		all = append(all, fmt.Sprintf("%s %d", *version.Key, *version.Size))
	}
	for _, marker := range output.DeleteMarkers {
		all = append(all, *marker.Key+" marker")
	}
	slices.Sort(all)
	return all
}

func file(key string) storagetest.File {
	return storagetest.File{Key: key, Content: "content of " + key}
}

func TestDeleteHidesInABucketWithVersions(t *testing.T) {
	server := storagetest.StartVersionedS3(t)
	for name, handler := range servers(server) {
		t.Run(name, func(t *testing.T) {
			provider, _ := behind(t, server, handler)
			bucket := "versions-" + name
			put(server, bucket, nil)
			setVersions(t, server, bucket, types.BucketVersioningStatusEnabled)
			var want, told []string
			for i := range 30 {
				key := fmt.Sprintf("f%02d", i)
				server.PutObject(bucket, key, "1234")
				server.PutObject(bucket, key+".stat", "12")
				want = append(want, key+" 4", key+" marker", key+".stat 2", key+".stat marker")
				told = append(told, key+" hidden+")
			}
			slices.Sort(want)
			disk := provider.Disk(bucket)
			victims := storagetest.Victims(t, disk)
			storagetest.WantTold(t, storagetest.Delete(t, disk, victims), told...)
			storagetest.WantFiles(t, disk)
			again := storagetest.Delete(t, disk, victims)
			if got := storagetest.Told(again)[0]; got != "f00 absent" {
				t.Errorf("again: got %q, want absent", got)
			}
			if got := versions(t, server, bucket); !slices.Equal(got, want) {
				t.Errorf("got %q\nwant %q", got, want)
			}
		})
	}
}

func TestDeleteWhereVersionsAreSuspended(t *testing.T) {
	server := storagetest.StartVersionedS3(t)
	put(server, "bucket", nil)
	setVersions(t, server, "bucket", types.BucketVersioningStatusEnabled)
	server.PutObject("bucket", "old", "1234")
	setVersions(t, server, "bucket", types.BucketVersioningStatusSuspended)
	server.PutObject("bucket", "new", "12")
	disk := newProvider(t, configOf(server)).Disk("bucket")
	storagetest.WantTold(t, storagetest.Delete(t, disk, storagetest.Victims(t, disk)), "new hidden", "old hidden")
	storagetest.WantFiles(t, disk)
	if got, want := versions(t, server, "bucket"), []string{"new marker", "old 4", "old marker"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// lockedBucket has files that are locked in every way, and "free" that isn't.
func lockedBucket(t *testing.T, server *storagetest.Server, until time.Time) {
	t.Helper()
	client, ctx, bucket := administrator(server), context.Background(), "locked"
	_, err := client.CreateBucket(ctx, &sdk.CreateBucketInput{Bucket: &bucket, ObjectLockEnabledForBucket: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"compliance", "free", "governance", "hold", "stat-held"} {
		server.PutObject(bucket, key, key)
		server.PutObject(bucket, key+".stat", "{}")
	}
	for key, mode := range map[string]types.ObjectLockRetentionMode{
		"compliance": types.ObjectLockRetentionModeCompliance, "governance": types.ObjectLockRetentionModeGovernance,
	} {
		_, err := client.PutObjectRetention(ctx, &sdk.PutObjectRetentionInput{
			Bucket: &bucket, Key: &key, Retention: &types.ObjectLockRetention{Mode: mode, RetainUntilDate: &until},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"hold", "stat-held.stat"} {
		_, err = client.PutObjectLegalHold(ctx, &sdk.PutObjectLegalHoldInput{
			Bucket: &bucket, Key: &key, LegalHold: &types.ObjectLockLegalHold{Status: types.ObjectLockLegalHoldStatusOn},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestDeleteLeavesLockedFilesAlone(t *testing.T) {
	until := time.Now().Add(time.Hour).Truncate(time.Second)
	for name, start := range map[string]func(testing.TB) *storagetest.Server{
		"without versions": storagetest.StartS3, "with versions": storagetest.StartVersionedS3,
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			lockedBucket(t, server, until)
			provider, proxy := behind(t, server, nil)
			disk := provider.Disk("locked")
			deletions := storagetest.Delete(t, disk, storagetest.Victims(t, disk))
			want := "free deleted+"
			if name == "with versions" {
				want = "free hidden+"
			}
			storagetest.WantTold(t, deletions, "compliance held!", want, "governance held!", "hold held!", "stat-held held!")
			for i, want := range []time.Time{until, {}, until, {}, {}} {
				if !deletions[i].Until.Equal(want) {
					t.Errorf("%q: held until %v, want %v", deletions[i].Key, deletions[i].Until, want)
				}
			}
			storagetest.WantFiles(t, disk, "compliance+", "governance+", "hold+", "stat-held+")
			for _, line := range proxy.Seen() {
				if strings.HasPrefix(line, "DELETE") && !strings.HasPrefix(line, "DELETE /locked/free") {
					t.Errorf("%s was sent of a file known to be locked", line)
				}
			}
		})
	}
}

const policy = `{"Version":"2012-10-17","Statement":[
{"Effect":"Allow","Principal":{"AWS":["purger","monitor"]},"Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::bucket"]},
{"Effect":"Allow","Principal":{"AWS":["monitor"]},"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::bucket/backup_definitions.yaml","arn:aws:s3:::bucket/.backmonignore","arn:aws:s3:::bucket/*.stat"]},
{"Effect":"Allow","Principal":{"AWS":["purger"]},"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::bucket/*"]},
{"Effect":"Allow","Principal":{"AWS":["purger"]},"Action":["s3:DeleteObject"],"Resource":["arn:aws:s3:::bucket/db/*"]}
]}`

// as returns the bucket's disk as that user sees it.
func as(t *testing.T, server *storagetest.Server, user string) storage.Disk {
	t.Helper()
	config := configOf(server)
	config.AccessKeyID, config.SecretAccessKey = user, s3.Secret(user+"-secret")
	return newProvider(t, config).Disk("bucket")
}

func rightsServer(t *testing.T) *storagetest.Server {
	t.Helper()
	server := storagetest.StartS3(t)
	for _, user := range []string{"monitor", "purger", "unlisted"} {
		server.AddUser(user, user+"-secret")
	}
	put(server, "bucket", []storagetest.File{
		file("backup_definitions.yaml"), file("db/a"), file("db/a.stat"), file("db/b"), file("files/c"), file("files/c.stat"),
	})
	server.PutBucketPolicy("bucket", policy)
	return server
}

func TestTheMonitorsRightsAreEnoughForAllButDelete(t *testing.T) {
	server := rightsServer(t)
	disk := as(t, server, "monitor")
	storagetest.WantFiles(t, disk, "backup_definitions.yaml", "db/a+", "db/b", "files/c+")
	for key, want := range map[string]error{
		"backup_definitions.yaml": nil, "db/a.stat": nil,
		".backmonignore": storage.ErrNotFound, "db/b.stat": storage.ErrNotFound, "db/a": storage.ErrAccessDenied,
	} {
		if _, err := disk.Read(context.Background(), key, 100); !errors.Is(err, want) {
			t.Errorf("read %q: got %v, want %v", key, err, want)
		}
	}
	deletions, err := disk.(storage.Deleter).Delete(context.Background(), storagetest.Victims(t, disk, "db/a", "db/b", "files/c"))
	if !errors.Is(err, storage.ErrAccessDenied) {
		t.Errorf("delete: got %v, want storage.ErrAccessDenied", err)
	}
	storagetest.WantTold(t, deletions, "db/a denied!", "db/b failed!", "files/c failed!")
	storagetest.WantFiles(t, disk, "backup_definitions.yaml", "db/a+", "db/b", "files/c+")
}

func TestThePurgersRightsEndWhereThePolicySays(t *testing.T) {
	server := rightsServer(t)
	disk := as(t, server, "purger")
	deletions, err := disk.(storage.Deleter).Delete(context.Background(), storagetest.Victims(t, disk, "db/a", "files/c", "db/b"))
	if want := `delete from bucket "bucket": access denied`; !errors.Is(err, storage.ErrAccessDenied) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if got := storagetest.Told(deletions)[:2]; !slices.Equal(got, []string{"db/a deleted+", "files/c denied!"}) {
		t.Errorf("got %q", got)
	}
	files := storagetest.Keys(storagetest.Collect(t, disk, storage.Listing{}))
	if slices.Contains(files, "db/a+") || !slices.Contains(files, "files/c+") {
		t.Errorf("there are %q", files)
	}
}

// Amazon answers so of what is gone to who may not list; the test server doesn't.
func TestWithoutTheRightToListGoneIsDenied(t *testing.T) {
	server := storagetest.StartS3(t)
	put(server, "bucket", []storagetest.File{file("a"), file("b")})
	provider, proxy := behind(t, server, nil)
	disk := provider.Disk("bucket")
	victims := storagetest.Victims(t, disk)
	proxy.Handle(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodHead {
			return false
		}
		w.WriteHeader(http.StatusForbidden)
		return true
	})
	deletions, err := disk.(storage.Deleter).Delete(context.Background(), victims)
	storagetest.WantTold(t, deletions, "a denied!", "b failed!")
	if !errors.Is(err, storage.ErrAccessDenied) || !strings.Contains(deletions[0].Err.Error(), "without s3:ListBucket") {
		t.Errorf("got %v and %v, want access denied", err, deletions[0].Err)
	}
}

func TestALockThatMayNotBeSeenIsHeldWithoutItsEnd(t *testing.T) {
	server := storagetest.StartS3(t)
	lockedBucket(t, server, time.Now().Add(time.Hour))
	for name, handler := range servers(server) {
		t.Run(name, func(t *testing.T) {
			provider, proxy := behind(t, server, handler)
			proxy.Hide("X-Amz-Object-Lock-Mode", "X-Amz-Object-Lock-Retain-Until-Date", "X-Amz-Object-Lock-Legal-Hold")
			disk := provider.Disk("locked")
			deletions := storagetest.Delete(t, disk, storagetest.Victims(t, disk, "compliance", "governance", "hold"))
			storagetest.WantTold(t, deletions, "compliance held!", "governance held!", "hold held!")
			storagetest.WantFiles(t, disk, "compliance+", "free+", "governance+", "hold+", "stat-held+")
		})
	}
}
