package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/storage/storagetest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// TestVanishedBucketEnds deletes one bucket in an account that can be searched,
// and one in an account that refuses: only a complete discovery may end anything.
func TestVanishedBucketEnds(t *testing.T) {
	t.Parallel()
	server := storagetest.StartS3(t)
	gate := newGate(t, server.Endpoint)
	for _, name := range []string{"stays", "goes"} {
		newBucket(t, server, name, perTenant, "db/a/dump-1.sql")
	}
	s := newSettings(t, "1s")
	s.environments = object{"seen": rootAccount(server, server.Endpoint), "unseen": rootAccount(server, gate.URL)}
	address := start(t, s.write(t), "run").address(t)
	statuses := follow(t, s.url(t))
	for _, name := range []string{"seen stays", "seen goes", "unseen stays", "unseen goes"} {
		statuses.state(t, name+" db/a", ok)
	}

	gate.refuse(http.StatusForbidden)
	remove(t, server.Dir, "goes")
	statuses.state(t, "seen goes db/a", ended)
	statuses.until(t, "the disk's end", func() bool { return statuses.disks["seen goes"].Disk == nil })
	noMetric(t, address, "backmon_series_state", "env", "seen", "disk", "goes")
	noMetric(t, address, "backmon_scan_success", "env", "seen", "disk", "goes")

	event := statuses.failure(t, "unseen goes", backmonv1.ErrorKind_ERROR_KIND_NOT_FOUND)
	statuses.state(t, "unseen goes db/a", unknown)
	statuses.until(t, "more evaluations of the bucket that can't be seen", func() bool {
		return statuses.evaluations("unseen goes", event.Sequence) >= 2
	})
	statuses.state(t, "unseen goes db/a", unknown)
	metric(t, address, 0, "backmon_scan_success", "env", "unseen", "disk", "goes")
	statuses.undisturbed(t, "seen stays", event.Sequence, 2)
	statuses.undisturbed(t, "unseen stays", event.Sequence, 2)

	gate.refuse(0)
	statuses.state(t, "unseen goes db/a", ended)
	noMetric(t, address, "backmon_series_state", "env", "unseen", "disk", "goes")

	// A bucket of the same name begins anew.
	newBucket(t, server, "goes", perTenant, "db/a/dump-1.sql")
	statuses.state(t, "seen goes db/a", ok)
}

// TestGroupAndRuleThatVanish tells a folder that is gone, which is bad news, from
// a rule that was taken out of the definitions, which is a decision.
func TestGroupAndRuleThatVanish(t *testing.T) {
	t.Parallel()
	rule := strings.TrimPrefix(strings.ReplaceAll(perTenant, "db/{{tenant}}:\n    alias: db", "web:\n    alias: web"), "\ndirectories:\n")
	disk := newFolder(t, perTenant+rule, "db/a/dump-1.sql", "db/b/dump-1.sql", "web/dump-1.sql")
	s := newSettings(t, "1s")
	s.environments["office"] = folder(disk)
	address := start(t, s.write(t), "run").address(t)
	statuses := follow(t, s.url(t))
	for _, group := range []string{"db/a", "db/b", "web"} {
		statuses.state(t, "office "+disk+" "+group, ok)
	}
	remove(t, disk, "db/b")
	statuses.state(t, "office "+disk+" db/b", missing)
	metric(t, address, 1, "backmon_series_state", "group", "db/b", "state", "MISSING")

	put(t, disk, definitionsFile, perTenant)
	statuses.state(t, "office "+disk+" web", ended)
	noMetric(t, address, "backmon_series_state", "group", "web")
	statuses.state(t, "office "+disk+" db/a", ok)
	statuses.state(t, "office "+disk+" db/b", missing)
}

// TestEnvironmentTakenOutOfTheConfigurationEnds restarts with a shorter config.yaml.
func TestEnvironmentTakenOutOfTheConfigurationEnds(t *testing.T) {
	t.Parallel()
	stays, goes := newFolder(t, perTenant, "db/a/dump-1.sql"), newFolder(t, perTenant, "db/a/dump-1.sql")
	s := newSettings(t, "1s")
	s.environments = object{"stays": folder(stays), "goes": folder(goes)}
	first := start(t, s.write(t), "run")
	address := first.address(t)
	metric(t, address, 1, "backmon_backup_file_count", "env", "stays")
	metric(t, address, 1, "backmon_backup_file_count", "env", "goes")
	first.stop(t)

	delete(s.environments, "goes")
	address = start(t, s.write(t), "run").address(t)
	ready(t, address)
	noMetric(t, address, "backmon_backup_file_count", "env", "goes")
	metric(t, address, 1, "backmon_backup_file_count", "env", "stays")
}
