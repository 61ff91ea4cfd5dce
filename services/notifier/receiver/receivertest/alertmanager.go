package receivertest

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/bus/bustest"
	"github.com/backmon/backmon/services/tooltest"
)

// patience bounds the start of a program. It is no measure of speed.
const patience = 90 * time.Second

// StartAlertmanager starts a real Alertmanager, which waits for nothing before it
// tells a webhook of each group, and returns its URL.
func StartAlertmanager(t testing.TB, hook string, groupBy ...string) string {
	t.Helper()
	program := tooltest.Find(t, "prometheus-alertmanager", "prometheus-alertmanager")
	dir, address := t.TempDir(), bustest.FreeAddress(t)
	file := filepath.Join(dir, "alertmanager.yml")
	if err := os.WriteFile(file, alertmanagerConfig(t, hook, groupBy), 0o600); err != nil {
		t.Fatal(err)
	}
	log := new(logged)
	command := exec.CommandContext(t.Context(), program, "--config.file="+file, "--storage.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+address, "--cluster.listen-address=", "--log.level=error")
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait() // it is killed at the test's end
		close(ended)
	}()
	t.Cleanup(func() {
		<-ended
		if t.Failed() {
			t.Logf("Alertmanager said:\n%s", log)
		}
	})
	url := "http://" + address
	awaitReady(t, url, ended)
	return url
}

// alertmanagerConfig is JSON, which is YAML too.
func alertmanagerConfig(t testing.TB, hook string, groupBy []string) []byte {
	t.Helper()
	type object = map[string]any
	data, err := json.Marshal(object{
		"route":     object{"receiver": "hook", "group_by": groupBy, "group_wait": "0s", "group_interval": "1s", "repeat_interval": "24h"},
		"receivers": []object{{"name": "hook", "webhook_configs": []object{{"url": hook, "send_resolved": true}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// awaitReady asks until the Alertmanager is ready.
func awaitReady(t testing.TB, url string, ended <-chan struct{}) {
	t.Helper()
	deadline := time.After(patience)
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for !isReady(t.Context(), url) {
		select {
		case <-poll.C:
		case <-ended:
			t.Fatal("Alertmanager ended before it was ready")
		case <-deadline:
			t.Fatalf("Alertmanager is not ready after %v", patience)
		}
	}
}

func isReady(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/-/ready", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// logged is what a process writes.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
