package e2e_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/storage/storagetest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// purging writes the settings with a purger section.
func purging(t *testing.T, s settings, section object) (config string) {
	t.Helper()
	config = s.write(t)
	data, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	var document object
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	document["purger"] = section
	if data, err = json.Marshal(document); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return config
}

var enforce = object{"mode": "enforce"} //nolint:gochecknoglobals // never written to

// keepThree keeps the three newest files of the root folder.
const keepThree = `
directories:
  .:
    alias: root
    files:
      d-%I.gz: {alias: d, purge: true, keep-last: 3, sort: modified_at}
`

// layDays lays a file for each of so many days, the oldest first; the newest is of
// yesterday.
func layDays(t *testing.T, dir string, count int) (keys []string) {
	t.Helper()
	for i := range count {
		at := time.Now().AddDate(0, 0, i-count).Truncate(time.Second)
		key := fmt.Sprintf("d-%04d.gz", i)
		put(t, dir, key, "backup")
		if err := os.Chtimes(filepath.Join(dir, key), at, at); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return keys
}

// tree lists all files below a folder.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	keys := []string{}
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			key, _ := filepath.Rel(dir, name)
			keys = append(keys, filepath.ToSlash(key))
		}
		return nil // what goes meanwhile is not there
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(keys)
	return keys
}

// wantTree waits until just these files are left.
func wantTree(t *testing.T, dir string, want ...string) {
	t.Helper()
	slices.Sort(want)
	var got []string
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("left: %q\nwant: %q", got, want)
		}
	})
	eventually(t, "the purge", func() bool {
		got = tree(t, dir)
		return slices.Equal(got, want)
	})
}

// audit reads all accounts of a disk.
func audit(t *testing.T, b *bus.Bus, kinds ...bus.AuditKind) (records []bus.AuditRecord) {
	t.Helper()
	for record, err := range b.ReadAudit(t.Context(), bus.AuditFilter{Kinds: kinds}) {
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, record)
	}
	return records
}

// verdicts are the last words on each file, and how many runs have no result.
func verdicts(t *testing.T, b *bus.Bus) (last map[string]string, open int) {
	t.Helper()
	last = map[string]string{}
	phases := map[string]map[backmonv1.PurgePhase]bool{}
	for _, record := range audit(t, b, bus.AuditPurged) {
		p := record.Purged
		if phases[p.GetRun()] == nil {
			phases[p.GetRun()] = map[backmonv1.PurgePhase]bool{}
		}
		phases[p.GetRun()][p.GetPhase()] = true
		for _, f := range p.GetFiles() {
			if p.GetPhase() == backmonv1.PurgePhase_PURGE_PHASE_RESULT {
				last[string(f.GetKey())] = strings.TrimPrefix(f.GetVerdict().String(), "PURGE_VERDICT_")
			}
		}
	}
	for _, seen := range phases {
		if seen[backmonv1.PurgePhase_PURGE_PHASE_INTENT] && !seen[backmonv1.PurgePhase_PURGE_PHASE_RESULT] {
			open++
		}
	}
	return last, open
}

// wantBooks waits until each of the files that went, and no other, has a word that
// says so, and every run its result.
func wantBooks(t *testing.T, b *bus.Bus, gone []string) {
	t.Helper()
	var last map[string]string
	var open int
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%d runs without a result; %v", open, last)
		}
	})
	eventually(t, "audit and disk to agree", func() bool {
		last, open = verdicts(t, b)
		said := 0
		for _, key := range gone {
			if v := last[key]; v == "DELETED" || v == "ABSENT" || v == "HIDDEN" {
				said++
			}
		}
		return open == 0 && said == len(gone)
	})
	for key, v := range last {
		if (v == "DELETED" || v == "ABSENT") && !slices.Contains(gone, key) {
			t.Errorf("%q is %s, and it is there", key, v)
		}
	}
}

// TestPurgeConformance lays upstream's case 08 so that its clock is the present,
// as a folder and as a bucket, and expects what upstream leaves on S3, without the
// .stat file that upstream forgets.
func TestPurgeConformance(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"local", "s3"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := newSettings(t, "1h")
			dir := filepath.Join(t.TempDir(), "disk")
			if kind == "local" {
				s.environments["golden"] = folder(dir)
			} else {
				server := storagetest.StartS3(t)
				server.CreateBucket("golden")
				dir = filepath.Join(server.Dir, "golden")
				s.environments["golden"] = rootAccount(server, server.Endpoint)
			}
			want := layShifted(t, dir)
			gone := slices.DeleteFunc(tree(t, dir), func(key string) bool { return slices.Contains(want, key) || strings.HasSuffix(key, ".stat") })
			if len(gone) != 28 {
				t.Fatalf("%d files are to go, want 28", len(gone))
			}
			start(t, purging(t, s, enforce), "run").address(t)
			b := s.bus(t)
			wantTree(t, dir, want...)
			request(t, s.url(t), "golden", diskName(kind, dir))
			wantBooks(t, b, gone)
			wantTree(t, dir, want...)
		})
	}
}

func diskName(kind, dir string) string {
	if kind == "local" {
		return dir
	}
	return "golden"
}

// bus is a connection to the server within the process, or to the external one.
func (s settings) bus(t *testing.T) *bus.Bus {
	t.Helper()
	return (&natsServer{URL: s.url(t)}).bus(t)
}

// layShifted makes the files of case 08, moved by the time between its clock and
// the present, and returns what shall be left of them.
func layShifted(t *testing.T, dir string) (want []string) {
	t.Helper()
	source := filepath.Join("testdata", "conformance", "08-purge")
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	clock := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	offset := time.Now().UTC().Truncate(time.Second).Sub(clock)
	date := regexp.MustCompile(`\d{8}`)
	shift := func(key string) string {
		return date.ReplaceAllStringFunc(key, func(day string) string {
			at, _ := time.Parse("20060102 15", day+" 03")
			return at.Add(offset).Format("20060102")
		})
	}
	put(t, dir, definitionsFile, read("backup_definitions.yaml"))
	for _, f := range regexp.MustCompile(`(?m)^f '(.*)' (\d+) (.*)$`).FindAllStringSubmatch(read("setup.sh"), -1) {
		at, err := time.Parse(time.RFC3339, f[3])
		if err != nil {
			t.Fatal(err)
		}
		var size int
		_, _ = fmt.Sscan(f[2], &size)
		key := shift(f[1])
		put(t, dir, key, strings.Repeat("x", size))
		if err := os.Chtimes(filepath.Join(dir, key), at.Add(offset), at.Add(offset)); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range regexp.MustCompile(`(?m)^s '(.*)' '(.*)'$`).FindAllStringSubmatch(read("setup.sh"), -1) {
		put(t, dir, shift(f[1])+".stat", "archived_at: 1767578400\n")
	}
	for line := range strings.Lines(read("tree-after-s3.txt")) {
		if key := shift(strings.TrimPrefix(strings.TrimSpace(line), "./")); !strings.HasSuffix(key, ".stat") {
			want = append(want, key)
		}
	}
	return want
}

// TestRootKeysReallyGo, and a backlog larger than one run's share drains by itself:
// nothing but the end of a run asks for the next evaluation.
func TestRootKeysReallyGo(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]func(*storagetest.Server) storagetest.Handler{
		"If-Match honoured":     func(*storagetest.Server) storagetest.Handler { return nil },
		"If-Match not honoured": func(*storagetest.Server) storagetest.Handler { return storagetest.IgnoreConditions },
		"batches as Amazon's":   func(s *storagetest.Server) storagetest.Handler { return s.HonourBatches },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := storagetest.StartS3(t)
			proxy := storagetest.NewProxy(t, server)
			proxy.Handle(handler(server))
			dir := newBucket(t, server, "bucket", keepThree)
			keys := layDays(t, dir, 43)
			s := newSettings(t, "1h")
			s.environments["cloud"] = rootAccount(server, proxy.URL)
			start(t, purging(t, s, enforce), "run").address(t)
			b := s.bus(t)
			wantTree(t, dir, append(keys[40:], definitionsFile)...)
			wantBooks(t, b, keys[:40])
			runs := map[string]int{}
			for _, record := range audit(t, b, bus.AuditPurged) {
				runs[record.Purged.GetRun()] = len(record.Purged.GetFiles())
			}
			for run, files := range runs {
				if files > 10 {
					t.Errorf("run %s planned %d files, over its share", run, files)
				}
			}
		})
	}
}

func TestDryRunDeletesNothing(t *testing.T) {
	t.Parallel()
	disk := newFolder(t, keepThree)
	layDays(t, disk, 20)
	before := tree(t, disk)
	s := newSettings(t, "1s")
	s.environments["office"] = folder(disk)
	start(t, s.write(t), "run").address(t) // dry-run is the default
	statuses := follow(t, s.url(t))
	b := s.bus(t)
	eventually(t, "the plan", func() bool { return len(audit(t, b, bus.AuditPurged)) > 0 })
	statuses.undisturbed(t, "office "+disk, statuses.last(), 4)
	records := audit(t, b, bus.AuditPurged)
	if len(records) != 1 || records[0].Purged.GetMode() != backmonv1.PurgeMode_PURGE_MODE_DRY_RUN || records[0].Purged.GetTotals().GetPlanned() != 10 {
		t.Errorf("the audit holds %v", records)
	}
	if after := tree(t, disk); !slices.Equal(before, after) {
		t.Errorf("left %q", after)
	}
}

// TestPolicyThatDeniesDeletes is one message, and everything but the purge works.
func TestPolicyThatDeniesDeletes(t *testing.T) {
	t.Parallel()
	server := storagetest.StartS3(t)
	server.AddUser("monitor", "monitor-secret")
	dir := newBucket(t, server, "bucket", keepThree)
	layDays(t, dir, 12)
	before := tree(t, dir)
	server.PutBucketPolicy("bucket", `{"Version":"2012-10-17","Statement":[
{"Effect":"Allow","Principal":{"AWS":["monitor"]},"Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::bucket"]},
{"Effect":"Allow","Principal":{"AWS":["monitor"]},"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::bucket/*"]}]}`)
	s := newSettings(t, "1s")
	s.environments["cloud"] = account(server.Endpoint, "monitor", "monitor-secret", object{"auto_discover_disks": false, "disks": object{"include": []string{"bucket"}, "all_others": "exclude"}})
	address := start(t, purging(t, s, enforce), "run").address(t)
	statuses := follow(t, s.url(t))
	b := s.bus(t)
	eventually(t, "the refusal", func() bool { return len(audit(t, b, bus.AuditRefused)) > 0 })
	statuses.undisturbed(t, "cloud bucket", statuses.last(), 4)
	refusals := audit(t, b, bus.AuditRefused)
	if len(refusals) != 1 || refusals[0].Refused.GetReason() != "denied" {
		t.Errorf("refusals: %v", refusals)
	}
	if after := tree(t, dir); !slices.Equal(before, after) {
		t.Errorf("left %q", after)
	}
	metric(t, address, 1, "backmon_purge_blocked", "disk", "bucket", "reason", "denied")
}

// slowDeletes lets so many deletes pass and holds all others until the end.
func slowDeletes(t *testing.T, pass int) (handler storagetest.Handler, held <-chan struct{}) {
	tokens, arrived := make(chan struct{}, pass), make(chan struct{}, 100)
	for range pass {
		tokens <- struct{}{}
	}
	ended := t.Context().Done()
	return func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodDelete {
			return false
		}
		select {
		case <-tokens:
		default:
			arrived <- struct{}{}
			select {
			case <-ended:
			case <-r.Context().Done():
			}
			return true
		}
		return false
	}, arrived
}
