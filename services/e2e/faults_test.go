package e2e_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/storage/storagetest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// TestListingThatFailsAtItsSecondPageIsUnknown shows that a part of a bucket is
// never taken for the whole.
func TestListingThatFailsAtItsSecondPageIsUnknown(t *testing.T) {
	t.Parallel()
	const files = 1500
	server := storagetest.StartS3(t)
	faults := storagetest.NewFaults(t, server.Endpoint)
	var keys []string
	for i := range files {
		keys = append(keys, fmt.Sprintf("db/a/dump-%04d.sql", i))
	}
	newBucket(t, server, "large", perTenant, keys...)
	newBucket(t, server, "small", perTenant, "db/a/dump-1.sql")
	s := newSettings(t, "1s")
	s.environments["cloud"] = rootAccount(server, faults.URL)
	address := start(t, s.write(t), "run").address(t)
	statuses := follow(t, s.url(t))
	statuses.state(t, "cloud large db/a", ok)
	statuses.state(t, "cloud small db/a", ok)

	for name, fault := range map[string]storagetest.Fault{"server error": storagetest.ServerError, "cut body": storagetest.CutBody, "empty answer": storagetest.Empty} {
		t.Run(name, func(t *testing.T) {
			since, began := statuses.last(), time.Now()
			faults.Set(fault, 2, -1)
			series := statuses.state(t, "cloud large db/a", unknown)
			if count := series.Backup.GetFiles().GetCount(); count != files {
				t.Errorf("%d files, want the last known %d", count, files)
			}
			disk := statuses.failure(t, "cloud large", backmonv1.ErrorKind_ERROR_KIND_UNREACHABLE)
			if disk.Disk.GetTotals().GetFiles() != files+1 || disk.Disk.GetPurgeFrozen() == "" {
				t.Errorf("totals %v, purge frozen %q: want the last known ones, and no purge", disk.Disk.GetTotals(), disk.Disk.GetPurgeFrozen())
			}
			metric(t, address, 0, "backmon_scan_success", "disk", "large")
			metric(t, address, files, "backmon_backup_file_count", "disk", "large")
			statuses.undisturbed(t, "cloud small", since, 2)
			t.Logf("told after %v: %s", disk.Stored.Sub(began), disk.Disk.GetError())

			faults.Set(storagetest.None, 0, 0)
			statuses.state(t, "cloud large db/a", ok)
			metric(t, address, 1, "backmon_scan_success", "disk", "large")
		})
	}
}

// TestEndpointThatNeverAnswersDisturbsNobody has servers that take connections
// and stay silent: one whose buckets are to be found, one whose bucket is named.
func TestEndpointThatNeverAnswersDisturbsNobody(t *testing.T) {
	t.Parallel()
	const interval, evaluations = time.Second, 10
	silent := silentServer(t)
	disk := newFolder(t, perTenant, "db/a/dump-1.sql")
	s := newSettings(t, interval.String())
	s.environments = object{
		"search": account(silent, "id", "secret", nil),
		"named":  account(silent, "id", "secret", object{"auto_discover_disks": false, "disks": object{"include": []string{"bucket"}}}),
		"office": folder(disk),
	}
	began := time.Now()
	program := start(t, s.write(t), "run")
	program.address(t)
	statuses := follow(t, s.url(t))
	statuses.state(t, "office "+disk+" db/a", ok)
	statuses.undisturbed(t, "office "+disk, 0, evaluations)
	if took := time.Since(began); took > 3*evaluations*interval {
		t.Errorf("%d evaluations of the healthy disk took %v, one should come every %v", evaluations, took, interval)
	}
	t.Logf("%d evaluations of the healthy disk in %v", evaluations, time.Since(began))

	event := statuses.failure(t, "named bucket", backmonv1.ErrorKind_ERROR_KIND_UNREACHABLE)
	t.Logf("the silent server was told of after %v: %s", event.Stored.Sub(began), event.Disk.GetError())
	program.journal.wait(t, "discovery is not complete", `"env":"search"`)
	program.stop(t)
}

// silentServer accepts connections and never writes to them.
func silentServer(t *testing.T) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() }) // the kernel accepts on its own
	return "http://" + listener.Addr().String()
}

// TestDefinitionsThatBreakAndHeal breaks a bucket's definitions in every way.
func TestDefinitionsThatBreakAndHeal(t *testing.T) {
	t.Parallel()
	server := storagetest.StartS3(t)
	newBucket(t, server, "broken", perTenant, "db/a/dump-1.sql", "db/b/dump-1.sql")
	newBucket(t, server, "other", perTenant, "db/a/dump-1.sql")
	s := newSettings(t, "1s")
	s.environments["cloud"] = rootAccount(server, server.Endpoint)
	address := start(t, s.write(t), "run").address(t)
	statuses := follow(t, s.url(t))
	statuses.state(t, "cloud broken db/a", ok)
	began := statuses.last()

	for _, step := range []struct {
		name     string
		breakIt  func()
		want     backmonv1.ErrorKind
		problems int
	}{
		{"no YAML", func() { server.PutObject("broken", definitionsFile, "directories: [") }, backmonv1.ErrorKind_ERROR_KIND_BAD_DEFINITIONS, 1},
		{"empty", func() { server.PutObject("broken", definitionsFile, "") }, backmonv1.ErrorKind_ERROR_KIND_BAD_DEFINITIONS, 1},
		{"deleted", func() { remove(t, server.Dir, "broken/"+definitionsFile) }, backmonv1.ErrorKind_ERROR_KIND_NO_DEFINITIONS, 0},
	} {
		t.Run(step.name, func(t *testing.T) {
			step.breakIt()
			disk := statuses.failure(t, "cloud broken", step.want)
			if got := len(disk.Disk.GetProblems()); got != step.problems {
				t.Errorf("%d problems, want %d: %v", got, step.problems, disk.Disk.GetProblems())
			}
			for _, group := range []string{"db/a", "db/b"} {
				series := statuses.state(t, "cloud broken "+group, unknown)
				if series.Backup.GetFiles().GetCount() != 1 || len(series.Backup.GetReasons()) == 0 {
					t.Errorf("%s: files %v, reasons %v: want the last known facts and a reason", group, series.Backup.GetFiles(), series.Backup.GetReasons())
				}
			}
			metric(t, address, 0, "backmon_definition_status", "disk", "broken")
			t.Logf("%s", disk.Disk.GetError())

			server.PutObject("broken", definitionsFile, perTenant)
			statuses.state(t, "cloud broken db/a", ok)
			statuses.state(t, "cloud broken db/b", ok)
			metric(t, address, 1, "backmon_definition_status", "disk", "broken")
		})
	}
	statuses.undisturbed(t, "cloud other", began, 3)
}

func TestEmptiedBucketIsMissing(t *testing.T) {
	t.Parallel()
	server := storagetest.StartS3(t)
	dir := newBucket(t, server, "bucket", perTenant, "db/a/dump-1.sql", "db/b/dump-1.sql")
	s := newSettings(t, "1s")
	s.environments["cloud"] = rootAccount(server, server.Endpoint)
	config := s.write(t)
	start(t, config, "run").address(t)
	statuses := follow(t, s.url(t))
	statuses.state(t, "cloud bucket db/a", ok)
	remove(t, dir, "db")
	for _, group := range []string{"db/a", "db/b"} {
		event := statuses.state(t, "cloud bucket "+group, missing)
		if len(event.Backup.GetReasons()) == 0 {
			t.Errorf("%s is missing without a reason", group)
		}
		t.Logf("%v", event.Backup.GetReasons())
	}
	if code, output := backmon(t, config, "status"); code != 2 {
		t.Errorf("status: exit code %d, want 2:\n%s", code, output)
	}
}

// TestUnmountedFolderIsUnknown renames a disk's folder away, which is how one
// that is not mounted looks.
func TestUnmountedFolderIsUnknown(t *testing.T) {
	t.Parallel()
	disk := newFolder(t, perTenant, "db/a/dump-1.sql")
	for name, step := range map[string]struct {
		unmount, mount func() error
		want           backmonv1.ErrorKind
	}{
		"no folder": {
			func() error { return os.Rename(disk, disk+".away") },
			func() error { return os.Rename(disk+".away", disk) },
			backmonv1.ErrorKind_ERROR_KIND_NOT_FOUND,
		},
		"an empty folder": {
			func() error { return errors.Join(os.Rename(disk, disk+".away"), os.Mkdir(disk, 0o755)) },
			func() error { return errors.Join(os.Remove(disk), os.Rename(disk+".away", disk)) },
			backmonv1.ErrorKind_ERROR_KIND_NO_DEFINITIONS,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSettings(t, "1s")
			s.environments["office"] = folder(disk)
			start(t, s.write(t), "run").address(t)
			statuses := follow(t, s.url(t))
			statuses.state(t, "office "+disk+" db/a", ok)
			if err := step.unmount(); err != nil {
				t.Fatal(err)
			}
			series := statuses.state(t, "office "+disk+" db/a", unknown)
			if series.Backup.GetFiles().GetCount() != 1 {
				t.Errorf("files %v, want the last known ones", series.Backup.GetFiles())
			}
			event := statuses.failure(t, "office "+disk, step.want)
			t.Logf("%s", event.Disk.GetError())
			if err := step.mount(); err != nil {
				t.Fatal(err)
			}
			statuses.state(t, "office "+disk+" db/a", ok)
		})
	}
}
