package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/storagetest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

const denied = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":["monitor"]},"Action":["s3:*"],"Resource":["arn:aws:s3:::secret","arn:aws:s3:::secret/*"]}]}`

const allowed = `{"Version":"2012-10-17","Statement":[
{"Effect":"Allow","Principal":{"AWS":["monitor"]},"Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::NAME"]},
{"Effect":"Allow","Principal":{"AWS":["monitor"]},"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::NAME/backup_definitions.yaml"]}]}`

// TestAccountsWithRights watches buckets with a user who may do little.
func TestAccountsWithRights(t *testing.T) {
	t.Parallel()
	server := storagetest.StartS3(t)
	server.AddUser("monitor", "monitor-secret")
	for _, name := range []string{"app", "secret", "ignored", "tmp-scratch", "granted"} {
		newBucket(t, server, name, perTenant, "db/a/dump-1.sql")
	}
	server.PutObject("ignored", storage.IgnoreFile, "")
	for _, name := range []string{"app", "secret", "ignored", "tmp-scratch"} {
		server.GiveBucket(name, "monitor")
	}
	server.PutBucketPolicy("secret", denied) // last: a new owner ends it
	server.PutBucketPolicy("granted", strings.ReplaceAll(allowed, "NAME", "granted"))
	twin := storagetest.StartS3(t)
	newBucket(t, twin, "app", perTenant, "db/a/dump-1.sql", "db/a/dump-2.sql")
	blind, named := newGate(t, server.Endpoint), newGate(t, server.Endpoint)
	blind.refuse(http.StatusForbidden)

	s := newSettings(t, "1s")
	monitor := func(endpoint string, more object) object {
		return account(endpoint, "monitor", "monitor-secret", more)
	}
	s.environments = object{
		"found":    monitor(server.Endpoint, object{"disks": object{"exclude": []string{"/^tmp-/"}}}),
		"twin":     rootAccount(twin, twin.Endpoint),
		"named":    monitor(named.URL, object{"auto_discover_disks": false, "disks": object{"include": []string{"granted"}, "all_others": "exclude"}}),
		"fallback": monitor(blind.URL, object{"disks": object{"include": []string{"granted", "/nothing/"}}}),
	}
	config := s.write(t)
	program := start(t, config, "run")
	address := program.address(t)
	statuses := follow(t, s.url(t))

	for _, name := range []string{"found app", "twin app", "named granted", "fallback granted"} {
		statuses.state(t, name+" db/a", ok)
	}
	refused := statuses.failure(t, "found secret", backmonv1.ErrorKind_ERROR_KIND_ACCESS_DENIED)
	t.Logf("a denied bucket: %s", refused.Disk.GetError())
	program.journal.wait(t, "disks found", `"env":"found"`, `"ignored":1`)
	program.journal.wait(t, "discovery is not complete", `"env":"fallback"`, "disks.include")
	statuses.undisturbed(t, "found app", refused.Sequence, 2)

	t.Run("only these disks have a status", func(t *testing.T) {
		statuses.mu.Lock()
		defer statuses.mu.Unlock()
		want := []string{"fallback granted", "found app", "found secret", "named granted", "twin app"}
		var got []string
		for name := range statuses.disks {
			got = append(got, name)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("metrics tell buckets of one name apart", func(t *testing.T) {
		metric(t, address, 1, "backmon_backup_file_count", "env", "found", "disk", "app")
		metric(t, address, 2, "backmon_backup_file_count", "env", "twin", "disk", "app")
		metric(t, address, 1, "backmon_scan_success", "env", "found", "disk", "app")
		metric(t, address, 0, "backmon_scan_success", "env", "found", "disk", "secret")
	})
	t.Run("without auto-discovery nobody lists buckets", func(t *testing.T) {
		if named.asked() != 0 || blind.asked() == 0 {
			t.Errorf("buckets were listed %d times with names only, %d times with auto-discovery", named.asked(), blind.asked())
		}
	})
	t.Run("status exits as unknown", func(t *testing.T) {
		if code, output := backmon(t, config, "status"); code != 3 || !strings.Contains(output, "access denied") {
			t.Errorf("exit code %d, want 3 and the denied bucket:\n%s", code, output)
		}
	})
}
