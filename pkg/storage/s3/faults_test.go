package s3_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/s3"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

const manyObjects = 2_345 // three pages

// faultyDisk is a bucket of three pages behind a proxy.
func faultyDisk(t *testing.T, change func(*s3.Config)) (storage.Disk, *storagetest.Faults) {
	t.Helper()
	server := storagetest.StartS3(t)
	var files []storagetest.File
	for i := range manyObjects {
		files = append(files, storagetest.File{Key: fmt.Sprintf("f%05d", i)})
	}
	fill(t, server, "bucket", files)
	faults := storagetest.NewFaults(t, server.Endpoint)
	config := configOf(server)
	config.Endpoint = faults.URL
	if change != nil {
		change(&config)
	}
	return newProvider(t, config).Disk("bucket"), faults
}

func listAll(disk storage.Disk) (objects int, cost storage.Cost, err error) {
	cost, err = disk.List(context.Background(), storage.Listing{}, func(page []storage.Entry) error {
		objects += len(page)
		return nil
	})
	return objects, cost, err
}

func TestListSurvivesPassingFaults(t *testing.T) {
	disk, faults := faultyDisk(t, nil)
	for name, fault := range map[string]storagetest.Fault{
		"slow down": storagetest.SlowDown, "a cut body": storagetest.CutBody, "an empty answer": storagetest.Empty,
		"a page of HTML": storagetest.HTML, "no end": storagetest.NoEnd, "a server's error": storagetest.ServerError,
	} {
		t.Run(name, func(t *testing.T) {
			faults.Set(fault, 2, 1)
			objects, cost, err := listAll(disk)
			if err != nil || objects != manyObjects || cost.Requests != 4 {
				t.Errorf("%d objects, %d requests, error %v; want %d, 4, none", objects, cost.Requests, err, manyObjects)
			}
		})
	}
}

func TestListNeverTakesAFaultForTheEnd(t *testing.T) {
	disk, faults := faultyDisk(t, func(c *s3.Config) { c.MaxAttempts = 1 })
	for name, test := range map[string]struct {
		fault storagetest.Fault
		want  error
	}{
		"slow down":       {storagetest.SlowDown, storage.ErrSlowDown},
		"a cut body":      {storagetest.CutBody, storage.ErrIncomplete},
		"an empty answer": {storagetest.Empty, storage.ErrIncomplete},
		"a page of HTML":  {storagetest.HTML, storage.ErrIncomplete},
		"no end":          {storagetest.NoEnd, storage.ErrIncomplete},
	} {
		for page := 1; page <= 3; page++ {
			t.Run(fmt.Sprintf("%s from page %d on", name, page), func(t *testing.T) {
				faults.Set(test.fault, page, -1)
				_, cost, err := listAll(disk)
				if !errors.Is(err, test.want) || !strings.HasPrefix(err.Error(), `list bucket "bucket": `) || cost.Requests != page {
					t.Errorf("%d requests, error %v; want %d, %v", cost.Requests, err, page, test.want)
				}
			})
		}
	}
}

func TestAServerThatNeverAnswersTimesOut(t *testing.T) {
	disk, faults := faultyDisk(t, func(c *s3.Config) { c.RequestTimeout = 300 * time.Millisecond })
	faults.Set(storagetest.Hang, 2, -1)
	began := time.Now()
	_, _, err := listAll(disk)
	if !errors.Is(err, storage.ErrTimeout) || time.Since(began) > 10*time.Second {
		t.Errorf("got %v after %v, want storage.ErrTimeout after 300ms", err, time.Since(began))
	}
	if want := `list bucket "bucket": no answer in time: waited 300ms`; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestAServerThatHangsOnceIsAskedAgain(t *testing.T) {
	disk, faults := faultyDisk(t, func(c *s3.Config) { c.RequestTimeout = 2 * time.Second })
	faults.Set(storagetest.Hang, 1, 1)
	if objects, _, err := listAll(disk); err != nil || objects != manyObjects {
		t.Errorf("got %d objects, %v; want all of them at the second attempt", objects, err)
	}
}

func TestTheCallersContextEndsAHangingRequest(t *testing.T) {
	disk, faults := faultyDisk(t, nil)
	faults.Set(storagetest.Hang, 1, -1)
	cause := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(context.Background())
	go func() {
		<-faults.Hanging()
		cancel(cause)
	}()
	if _, err := disk.List(ctx, storage.Listing{}, func([]storage.Entry) error { return nil }); !errors.Is(err, cause) {
		t.Errorf("got %v, want %v", err, cause)
	}
}

func TestManyFaultsInARow(t *testing.T) {
	disk, faults := faultyDisk(t, nil)
	faults.Set(storagetest.SlowDown, 1, 3)
	if objects, cost, err := listAll(disk); err != nil || objects != manyObjects || cost.Requests != 6 {
		t.Errorf("%d objects, %d requests, error %v; want %d, 6, none", objects, cost.Requests, err, manyObjects)
	}
}

func TestErrorsOfTheNetworkAreShort(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	disk := newProvider(t, s3.Config{
		Endpoint: address, Insecure: true, ForcePathStyle: true, AccessKeyID: "a", SecretAccessKey: "very-secret", MaxAttempts: 1,
	}).Disk("bucket")
	_, _, err = listAll(disk)
	if want := fmt.Sprintf(`list bucket "bucket": dial tcp %s: connect: connection refused`, address); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
