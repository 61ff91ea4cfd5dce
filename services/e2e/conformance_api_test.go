package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/bus/bustest"
	"github.com/backmon/backmon/pkg/storage/storagetest"
	"github.com/backmon/backmon/services/cmd"
)

// TestConformanceOfAPI runs the real program on each case's disk, as a folder and
// as a bucket, and compares its answers under /api with upstream's.
func TestConformanceOfAPI(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("testdata", "conformance"))
	if err != nil {
		t.Fatal(err)
	}
	server := storagetest.StartS3(t)
	for _, c := range conformanceCases() {
		folder := filepath.Join(root, c.name)
		t.Run(c.name+"/local", func(t *testing.T) {
			work := t.TempDir()
			lay(t, folder, filepath.Join(work, "tree"))
			t.Chdir(work)
			c.compareAPI(t, "tree", wantLocalAPI(t, folder), serve(t, folder, "local", strings.NewReplacer()))
		})
		t.Run(c.name+"/s3", func(t *testing.T) {
			bucket := "g-" + c.name
			server.CreateBucket(bucket)
			lay(t, folder, filepath.Join(server.Dir, bucket))
			c.compareAPI(t, bucket, readAPI(t, folder, "s3"), serve(t, folder, "s3",
				strings.NewReplacer("http://127.0.0.1:9070", server.Endpoint, "testkey", server.AccessKey, "testsecret123", server.SecretKey)))
		})
	}
}

// apiAnswer is a status and a body.
type apiAnswer struct {
	Status int
	Body   string
}

// UnmarshalJSON reads the pair that the data has.
func (a *apiAnswer) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&a.Status, &a.Body})
}

func (a apiAnswer) String() string {
	return fmt.Sprintf("%d %.200q", a.Status, a.Body)
}

func readAPI(t *testing.T, folder, storage string) map[string]apiAnswer {
	t.Helper()
	want := map[string]apiAnswer{}
	if err := json.Unmarshal([]byte(readFile(t, filepath.Join(folder, "api-"+storage+".json"))), &want); err != nil {
		t.Fatal(err)
	}
	return want
}

// wantLocalAPI is upstream's for the folder, with the files of the bucket: it can't
// hand out any file of a folder.
func wantLocalAPI(t *testing.T, folder string) map[string]apiAnswer {
	t.Helper()
	want, bucket := readAPI(t, folder, "local"), readAPI(t, folder, "s3")
	for path, answer := range want {
		if answer.Status == http.StatusNotFound && strings.HasPrefix(answer.Body, "Group '") {
			want[path] = bucket[strings.Replace(path, "/api/tree/", "/api/g-"+filepath.Base(folder)+"/", 1)]
		}
	}
	return want
}

// serve runs `backmon run` on a case, until the test ends, and returns its address
// when the disk is evaluated.
func serve(t *testing.T, folder, storage string, changes *strings.Replacer) string {
	t.Helper()
	work := t.TempDir()
	config := filepath.Join(work, "config.yaml")
	text := changes.Replace(strings.Replace(readFile(t, filepath.Join(folder, "config-"+storage+".yaml")), "port: 18003", "port: 0", 1)) +
		"\nnats:\n  embedded:\n    store_dir: " + filepath.Join(work, "nats") + "\n    listen: " + bustest.FreeAddress(t) + "\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	address, ended := make(chan net.Addr, 1), make(chan int, 1)
	p := cmd.Program{
		Version: "test", Out: &log, Err: &log, Env: func(string) (string, bool) { return "", false },
		OnListen: func(a net.Addr) { address <- a },
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- p.Main(ctx, []string{"run", "--config", config}) }()
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("exit code %d\n%s", code, log.String())
		}
	})
	select {
	case a := <-address:
		_, port, err := net.SplitHostPort(a.String())
		if err != nil {
			t.Fatal(err)
		}
		url := "http://127.0.0.1:" + port
		waitEvaluated(t, url)
		return url
	case code := <-ended:
		ended <- code
		t.Fatal("it ended at once")
	case <-time.After(conformancePatience):
		t.Fatal("it does not serve")
	}
	return ""
}

// conformancePatience bounds what a case waits for.
const conformancePatience = time.Minute

func waitEvaluated(t *testing.T, url string) {
	t.Helper()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for end := time.Now().Add(conformancePatience); time.Now().Before(end); <-poll.C {
		got := askAPI(t, url+"/api/v1/disks")
		if got.Status == http.StatusOK && strings.Contains(got.Body, `"evaluated_at"`) {
			return
		}
	}
	t.Fatal("the disk is not evaluated")
}

func askAPI(t *testing.T, url string) apiAnswer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return apiAnswer{response.StatusCode, string(body)}
}

// compareAPI fails for each difference that the case doesn't expect, and for each
// expected one that isn't there.
func (c conformanceCase) compareAPI(t *testing.T, disk string, want map[string]apiAnswer, url string) {
	t.Helper()
	expected := map[string]apiDeviation{}
	for _, d := range apiDeviations()[c.name] {
		expected["/api/"+disk+d.path] = d
	}
	for _, path := range slices.Sorted(maps.Keys(want)) {
		got := askAPI(t, url+path)
		d, deviates := expected[path]
		delete(expected, path)
		switch {
		case !deviates && !sameAnswer(got, want[path]):
			t.Errorf("%s: %v, upstream %v", path, got, want[path])
		case deviates && sameAnswer(got, want[path]):
			t.Errorf("%s: %v as upstream, the table says otherwise: %s", path, got, d.reason)
		case deviates && !sameAnswer(got, d.ours):
			t.Errorf("%s: %v, the table has %v: %s", path, got, d.ours, d.reason)
		}
	}
	for path := range expected {
		t.Errorf("%s: upstream was not asked for it", path)
	}
}

// sameAnswer compares JSON by what it says, and files by their bytes, which the
// data only counts. What an error says is ours to word.
func sameAnswer(a, b apiAnswer) bool {
	if a.Status != b.Status {
		return false
	}
	var size int
	if _, err := fmt.Sscanf(b.Body, "<%d NUL bytes>", &size); err == nil {
		return a.Body == strings.Repeat("\x00", size)
	}
	var x, y any
	if json.Unmarshal([]byte(a.Body), &x) == nil && json.Unmarshal([]byte(b.Body), &y) == nil {
		return reflect.DeepEqual(x, y)
	}
	return a.Status >= http.StatusBadRequest || a.Body == b.Body
}
