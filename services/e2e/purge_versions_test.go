package e2e_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/storage/storagetest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// keepThreeByName keeps the three newest by the dates in their names: objects that
// come through the protocol are all of this moment.
const keepThreeByName = `
directories:
  .:
    files:
      d-%Y%M%D.gz: {alias: d, purge: true, keep-last: 3}
`

// putDays puts an object for each of so many days, the oldest first.
func putDays(server *storagetest.Server, bucket string, count int) (keys []string) {
	server.PutObject(bucket, definitionsFile, keepThreeByName)
	for i := range count {
		key := fmt.Sprintf("d-%s.gz", time.Now().AddDate(0, 0, i-count).Format("20060102"))
		server.PutObject(bucket, key, "backup")
		keys = append(keys, key)
	}
	return keys
}

// purgeBucket runs the program until every file of a plan has a verdict, then some
// evaluations more, and returns the last verdicts and all results.
func purgeBucket(t *testing.T, server *storagetest.Server, planned int) (last map[string]string, results []*backmonv1.FilesPurged) {
	t.Helper()
	s := newSettings(t, "1s")
	s.environments["cloud"] = rootAccount(server, server.Endpoint)
	start(t, purging(t, s, enforce), "run").address(t)
	statuses := follow(t, s.url(t))
	b := s.bus(t)
	eventually(t, "the verdicts", func() bool {
		last, _ = verdicts(t, b)
		return len(last) == planned
	})
	statuses.undisturbed(t, "cloud bucket", statuses.last(), 4)
	last, _ = verdicts(t, b)
	for _, record := range audit(t, b, bus.AuditPurged) {
		if record.Purged.GetPhase() == backmonv1.PurgePhase_PURGE_PHASE_RESULT {
			results = append(results, record.Purged)
		}
	}
	return last, results
}

func TestPurgeOfABucketWithVersionsHides(t *testing.T) {
	t.Parallel()
	server := storagetest.StartVersionedS3(t)
	server.CreateBucket("bucket")
	server.EnableVersions("bucket")
	keys := putDays(server, "bucket", 7)
	last, results := purgeBucket(t, server, 4)
	for _, key := range keys[:4] {
		if last[key] != "HIDDEN" {
			t.Errorf("%q is %s", key, last[key])
		}
	}
	if len(last) != 4 || len(results) != 1 || results[0].GetTotals().GetFreedBytes() != 0 || results[0].GetTotals().GetDeleted() != 0 {
		t.Errorf("verdicts %v, totals %v", last, results[0].GetTotals())
	}
}

// TestPurgeOfLockedFilesIsReportedOnce, with its end, and the others go.
func TestPurgeOfLockedFilesIsReportedOnce(t *testing.T) {
	t.Parallel()
	server := storagetest.StartVersionedS3(t)
	server.CreateLockedBucket("bucket")
	keys := putDays(server, "bucket", 7)
	until := time.Now().Add(time.Hour).Truncate(time.Second)
	server.Retain("bucket", keys[0], until)
	last, results := purgeBucket(t, server, 4)
	if last[keys[0]] != "HELD" || last[keys[1]] != "HIDDEN" {
		t.Errorf("verdicts %v", last)
	}
	held := 0
	for _, result := range results {
		for _, f := range result.GetFiles() {
			if f.GetVerdict() != backmonv1.PurgeVerdict_PURGE_VERDICT_HELD {
				continue
			}
			held++
			if !f.GetUntil().AsTime().Equal(until) {
				t.Errorf("held until %v, want %v", f.GetUntil().AsTime(), until)
			}
		}
	}
	if held != 1 {
		t.Errorf("told %d times that it is held", held)
	}
}
