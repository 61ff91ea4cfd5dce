package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
)

// TestLateBackupIsToldOnceAndItsEndToo is the whole way: a file that does not come,
// the program as it is run, and three real receivers.
func TestLateBackupIsToldOnceAndItsEndToo(t *testing.T) {
	t.Parallel()
	hook, atHook := startHook(t, atOnce)
	alertmanager, atAlertmanager := startAlertmanager(t)
	smtp, atMail := startMail(t)
	s := newSettings(t, "1s")
	disk := filepath.Join(t.TempDir(), "disk-1")
	put(t, disk, definitionsFile, onceAt(soon(3*time.Second)))
	s.environments["office"] = folder(disk)
	s.more = object{"notifier": receiversOf(hook, alertmanager, smtp)}
	address := start(t, s.write(t), "run").address(t)

	inboxes := map[string]struct {
		inbox *inbox
		disk  string
	}{"webhook": {atHook, disk}, "alert": {atAlertmanager, disk}, "mail": {atMail, "disk-1"}}
	for what, i := range inboxes {
		i.inbox.wait(t, what, i.disk, false)
	}
	metric(t, address, 1, "backmon_incidents", "severity", "critical")
	put(t, disk, "db/dump.sql", "here")
	for what, i := range inboxes {
		i.inbox.wait(t, what, i.disk, true)
	}
	b := (&natsServer{URL: s.url(t)}).bus(t)
	eventually(t, "the record of six notices", func() bool { return notified(t, b) == 6 })
	metric(t, address, 2, "backmon_notifications_total", "receiver", "hook", "result", "sent")
	metric(t, address, 0, "backmon_notification_queue", "receiver", "hook")
	metric(t, address, 0, "backmon_incidents", "severity", "critical")
	for what, i := range inboxes {
		if bad, good := len(i.inbox.of(i.disk, false)), len(i.inbox.of(i.disk, true)); bad != 1 || good != 1 {
			t.Errorf("%s: %d messages that it is late and %d that it came, want one of each", what, bad, good)
		}
	}
}

// TestADiskThatFailsIsOneNotice lets 500 series of one disk go late at once.
func TestADiskThatFailsIsOneNotice(t *testing.T) {
	t.Parallel()
	const series = 500
	bodies := make(chan []byte, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		bodies <- body
	}))
	t.Cleanup(hook.Close)
	server := startNATS(t)
	s := newSettings(t, "1h")
	s.nats = server.URL
	s.environments["office"] = folder(t.TempDir())
	s.more = object{"notifier": object{"group-wait": "8s", "receivers": []object{{"name": "hook", "webhook": object{"url": hook.URL}}}}}
	config := s.write(t)
	if code, output := backmon(t, config, "provision"); code != 0 {
		t.Fatalf("provision: exit code %d\n%s", code, output)
	}
	var updates []bus.BackupUpdate
	for i := range series {
		status := statusOf("disk-1", backup.Late)
		status.Series.Group = fmt.Appendf(nil, "tenant-%03d", i)
		updates = append(updates, bus.BackupUpdate{Status: status})
	}
	b := server.bus(t)
	for range 2 { // two notifiers
		start(t, config, "notifier").journal.wait(t, "backmon starts")
	}
	if _, err := b.PublishBackupStatuses(t.Context(), updates); err != nil {
		t.Fatal(err)
	}
	var event struct {
		Data struct {
			Title, Text string
			Items       []json.RawMessage
			Changes     map[string]int
		}
	}
	body := await(t, "the notice", bodies)
	if err := json.Unmarshal(body, &event); err != nil {
		t.Fatal(err)
	}
	if event.Data.Changes["opened"] != series || len(event.Data.Items) != 20 || !strings.Contains(event.Data.Title, strconv.Itoa(series)) {
		t.Errorf("the notice is\n%s", body)
	}
	eventually(t, "the record of the notice", func() bool { return notified(t, b) == 1 })
	if len(bodies) > 0 {
		t.Errorf("another notice:\n%s", <-bodies)
	}
	t.Logf("%s\n%s", event.Data.Title, event.Data.Text)
}

// notified counts the notices of the audit stream.
func notified(t *testing.T, b *bus.Bus) int {
	t.Helper()
	count := 0
	for _, err := range b.ReadAudit(t.Context(), bus.AuditFilter{Kinds: []bus.AuditKind{bus.AuditNotified}}) {
		if err != nil {
			t.Fatal(err)
		}
		count++
	}
	return count
}
