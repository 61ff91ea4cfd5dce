package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/storage/storagetest"
)

const (
	// largeBackup is the size of a backup that is downloaded, in bytes.
	largeBackup = 192 << 20
	// mostGrowth is how much memory its downloads may take: far less than it has, and
	// enough for what the race detector needs.
	mostGrowth = 64 << 20
	// endOfBackup are its last bytes.
	endOfBackup = "the end of the backup"
)

// TestDownloads fetches large backups from a running backmon, which is stopped in
// the middle and started again.
func TestDownloads(t *testing.T) {
	t.Parallel()
	d := newDownloads(t)
	run := start(t, d.write(t), "run")
	ready(t, run.address(t))
	for _, disk := range d.disks {
		metric(t, run.address(t), 1, "backmon_backup_file_count", "disk", disk)
	}
	before := run.peakMemory(t)
	for _, disk := range d.disks {
		whole := d.ask(t, run, disk, "")
		if n, err := whole.drain(t); n != largeBackup || err != nil {
			t.Errorf("%s: %d bytes, %v", disk, n, err)
		}
	}
	if grown := run.peakMemory(t) - before; grown > mostGrowth {
		t.Errorf("%d bytes were downloaded, and memory grew by %d", len(d.disks)*largeBackup, grown)
	}
	d.resume(t, run)
	d.books(t)
}

// downloads is a backmon with a large backup on each kind of disk.
type downloads struct {
	settings
	disks []string
}

func newDownloads(t *testing.T) *downloads {
	t.Helper()
	d := &downloads{settings: newSettings(t, "1s")}
	office := newFolder(t, perTenant, "db/a/dump-1.sql")
	server := storagetest.StartS3(t)
	bucket := newBucket(t, server, "bucket", perTenant, "db/a/dump-1.sql")
	for _, dir := range []string{office, bucket} {
		enlarge(t, filepath.Join(dir, "db/a/dump-1.sql"))
	}
	d.environments["office"] = folder(office)
	d.environments["cloud"] = rootAccount(server, server.Endpoint)
	d.more = object{"downloads": object{"enabled": true}, "http": object{"users": []any{object{"name": "alice", "password": "wonderland"}}}}
	d.disks = []string{office, "bucket"}
	return d
}

// enlarge makes a sparse file of a backup: it takes no room on the test's disk.
func enlarge(t *testing.T, name string) {
	t.Helper()
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if _, err := file.WriteAt([]byte(endOfBackup), largeBackup-int64(len(endOfBackup))); err != nil {
		t.Fatal(err)
	}
}

// download is an answer whose body has not been read yet.
type download struct {
	*http.Response
}

// seriesPath is where the newest backup of a group of perTenant is downloaded, as
// upstream has it.
func seriesPath(disk, group string) string {
	return "/api/" + url.PathEscape(disk) + "/db/dump/" + url.PathEscape(group)
}

// ask begins to download the newest backup of the disk's only series, from an
// offset on if a tag is given.
func (d *downloads) ask(t *testing.T, from *process, disk, tag string, offset ...int64) download {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, from.address(t)+seriesPath(disk, "db/a"), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("alice", "wonderland")
	if tag != "" {
		r.Header.Set("If-Range", tag)
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset[0]))
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	if response.StatusCode/100 != 2 {
		body, _ := io.ReadAll(response.Body)
		t.Fatalf("%s: %s\n%s", disk, response.Status, body)
	}
	return download{response}
}

// drain reads to the end, which must be the backup's unless there is an error.
func (d download) drain(t *testing.T) (bytes int64, err error) {
	t.Helper()
	buffer, end := make([]byte, 1<<20), ""
	for err == nil {
		var n int
		n, err = d.Body.Read(buffer)
		bytes += int64(n)
		end += string(buffer[max(0, n-len(endOfBackup)):n])
		end = end[max(0, len(end)-len(endOfBackup)):]
	}
	if err != io.EOF { // a body that is whole ends in just that
		return bytes, err
	}
	if end != endOfBackup {
		t.Errorf("the download ends with %q", end)
	}
	return bytes, nil
}

// resume stops backmon while a client has half of a backup, and gets the rest from
// the next one.
func (d *downloads) resume(t *testing.T, run *process) {
	t.Helper()
	halves := make([]download, len(d.disks))
	got := make([]int64, len(d.disks))
	for i, disk := range d.disks {
		halves[i] = d.ask(t, run, disk, "")
		n, err := io.CopyN(io.Discard, halves[i].Body, largeBackup/2)
		if got[i] = n; err != nil {
			t.Fatal(err)
		}
	}
	run.stop(t) // though both clients wait
	next := start(t, d.write(t), "run")
	ready(t, next.address(t))
	for i, disk := range d.disks {
		more, err := halves[i].drain(t)
		if got[i] += more; err == nil || got[i] >= largeBackup {
			t.Errorf("%s: %d bytes came of a download that was stopped, %v", disk, got[i], err)
		}
		rest := d.ask(t, next, disk, halves[i].Header.Get("ETag"), got[i])
		n, err := rest.drain(t)
		if rest.StatusCode != http.StatusPartialContent || got[i]+n != largeBackup || err != nil {
			t.Errorf("%s: resumed with %s: %d + %d bytes, %v", disk, rest.Status, got[i], n, err)
		}
	}
}

// books looks whether all of that was written down: for each disk the whole, what
// was stopped, and the rest.
func (d *downloads) books(t *testing.T) {
	t.Helper()
	var output string
	eventually(t, "six downloads on the books", func() bool {
		_, output = backmon(t, d.write(t), "audit", "--since", "1h")
		return strings.Count(output, "TAKEN") == 2*3
	})
	for pattern, times := range map[string]int{
		`db/a/dump-1\.sql  192\.0 MiB sent to alice at 127\.0\.0\.1\n`:                                   2,
		`db/a/dump-1\.sql  [0-9.]+ MiB of 192\.0 MiB sent to alice at 127\.0\.0\.1, then it broke off\n`: 2,
		`db/a/dump-1\.sql  [0-9.]+ MiB of 192\.0 MiB sent to alice at 127\.0\.0\.1\n`:                    2,
	} {
		if n := len(regexp.MustCompile(pattern).FindAllString(output, -1)); n != times {
			t.Errorf("%d times %s, want %d:\n%s", n, pattern, times, output)
		}
	}
}

// peakMemory is the most memory that the process ever had, in bytes.
func (p *process) peakMemory(t *testing.T) int64 {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(data)
	if found == nil {
		t.Fatalf("no peak in %s", data)
	}
	kilobytes, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}

// TestTheGatewayNeedsNoStorage: with downloads off it doesn't even read the
// authorities that its storage's certificate needs, let alone credentials.
func TestTheGatewayNeedsNoStorage(t *testing.T) {
	t.Parallel()
	server := startNATS(t)
	s := newSettings(t, "1h")
	s.nats = server.URL
	missing := filepath.Join(t.TempDir(), "authorities.pem")
	s.environments["cloud"] = object{"s3": object{"endpoint": "https://127.0.0.1:1", "ca_file": missing, "access_key_id": "id", "secret_access_key": "hush"}}
	config := s.write(t)
	if code, output := backmon(t, config, "provision"); code != 0 {
		t.Fatalf("provision: exit code %d\n%s", code, output)
	}
	gateway := start(t, config, "gateway")
	ready(t, gateway.address(t))
	gateway.stop(t)

	s.more = object{"downloads": object{"enabled": true}}
	if code, output := backmon(t, s.write(t), "gateway"); code != 1 || !strings.Contains(output, missing) || strings.Contains(output, "hush") {
		t.Errorf("with downloads: exit code %d\n%s", code, output)
	}
}
