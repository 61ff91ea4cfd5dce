package e2e_test

import (
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/storage/storagetest"
)

func TestNewFileShowsAtTheNextTick(t *testing.T) {
	t.Parallel()
	disk := newFolder(t, perTenant, "db/a/dump-1.sql")
	s := newSettings(t, "1s")
	s.environments["office"] = folder(disk)
	address := start(t, s.write(t), "run").address(t)
	statuses := follow(t, s.url(t))
	statuses.state(t, "office "+disk+" db/a", ok)
	before := statuses.last()
	lay(t, disk, "db/a/dump-2.sql", "db/new/dump-1.sql")

	shown := statuses.state(t, "office "+disk+" db/new", ok)
	statuses.until(t, "the second file", func() bool {
		return statuses.series["office "+disk+" db/a"].Backup.GetFiles().GetCount() == 2
	})
	name := "office " + disk
	earlier := statuses.countEvaluations(name, before) - statuses.countEvaluations(name, shown.Sequence)
	if earlier > 1 { // one tick may have listed the folder before the files were there
		t.Errorf("%d ticks did not show the new files", earlier)
	}
	metric(t, address, 2, "backmon_backup_file_count", "group", "db/a")
	metric(t, address, 1, "backmon_backup_file_count", "group", "db/new")
}

// TestStatusesAreThereAfterARestart ends everything, and starts it again while
// the disk can't be evaluated: what shows then is from the store.
func TestStatusesAreThereAfterARestart(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *process){
		"graceful": func(t *testing.T, p *process) { p.stop(t) },
		"kill -9":  func(_ *testing.T, p *process) { p.kill() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := storagetest.StartS3(t)
			gate := newGate(t, server.Endpoint)
			newBucket(t, server, "bucket", perTenant, "db/a/dump-1.sql", "db/b/dump-1.sql")
			s := newSettings(t, "1s")
			s.environments["cloud"] = rootAccount(server, gate.URL)
			config := s.write(t)
			first := start(t, config, "run")
			address := first.address(t)
			hurry(t, s.url(t)) // the job that is in work at the end is held back for so long
			metric(t, address, 1, "backmon_backup_file_count", "group", "db/a")
			metric(t, address, 1, "backmon_backup_file_count", "group", "db/b")
			gate.setShut(true)
			await(t, "the listing", gate.arrivals)
			evaluatedAt, _ := scrape(t, address).value("backmon_scan_timestamp_seconds", "disk", "bucket")
			end(t, first)

			second := start(t, config, "run")
			address = second.address(t)
			ready(t, address)
			now := scrape(t, address)
			for _, group := range []string{"db/a", "db/b"} {
				if count, found := now.value("backmon_backup_file_count", "group", group); !found || count != 1 {
					t.Errorf("right after the restart %s has %v files, want 1", group, count)
				}
			}
			if at, _ := now.value("backmon_scan_timestamp_seconds", "disk", "bucket"); at != evaluatedAt || at == 0 {
				t.Errorf("the disk was evaluated at %v, want still %v: the test proves nothing", at, evaluatedAt)
			}
			if code, output := backmon(t, config, "status"); code != 0 || strings.Count(output, "OK") < 2 {
				t.Errorf("status: exit code %d\n%s", code, output)
			}
			gate.setShut(false)
			for len(gate.arrivals) > 0 {
				(<-gate.arrivals).release()
			}
			eventually(t, "a new evaluation", func() bool {
				at, _ := scrape(t, address).value("backmon_scan_timestamp_seconds", "disk", "bucket")
				return at > evaluatedAt
			})
			second.stop(t)
		})
	}
}

func TestSecondRunOnOneStoreFails(t *testing.T) {
	t.Parallel()
	s := newSettings(t, "1h")
	s.environments["office"] = folder(newFolder(t, perTenant, "db/a/dump-1.sql"))
	first := start(t, s.write(t), "run")
	first.address(t)
	s.listen = "" // so that the address isn't what both want
	second := start(t, s.write(t), "run")
	code := second.exitCode(t)
	line := second.journal.wait(t, "is in use by another backmon process", s.store)
	if code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	t.Log(line)
	first.stop(t)

	third := start(t, s.write(t), "run")
	third.address(t)
	third.stop(t)
}
