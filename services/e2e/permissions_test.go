package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/link"
)

// shippedNATS is the configuration that these scenarios prove.
const shippedNATS = "../../deploy/nats/nats.conf"

// servicesOfNATS are the users of the services' account.
var servicesOfNATS = []string{"provisioner", "discoverer", "evaluator", "purger", "notifier", "gateway", "operator"}

func passwordOf(user string) string { return "secret-of-" + user }

// startSecured starts a server as it is shipped, but for its address and store.
func startSecured(t *testing.T, features map[string]bool) *natsServer {
	t.Helper()
	var text strings.Builder
	for _, user := range append(servicesOfNATS, "bot") { // instead of environment variables
		fmt.Fprintf(&text, "BACKMON_%s_PASSWORD: %s\n", strings.ToUpper(user), passwordOf(user))
	}
	text.WriteString(shipped(t))
	options := new(server.Options)
	if err := options.ProcessConfigString(text.String()); err != nil {
		t.Fatal(err)
	}
	options.FeatureFlags = features
	return serve(t, options)
}

func shipped(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(shippedNATS)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// as writes the configuration of one user.
func (s settings) as(t *testing.T, user string) string {
	t.Helper()
	s.user = user
	return s.write(t)
}

// connectAs is a connection that knows nothing of backmon but a user's rights.
func (s *natsServer) connectAs(t *testing.T, user string) *nats.Conn {
	t.Helper()
	conn, err := nats.Connect(s.URL, nats.UserInfo(user, passwordOf(user)), nats.CustomInboxPrefix("_INBOX_"+user),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

// purged is perTenant with a retention of one file.
var purged = perTenant + "        purge: true\n        retention-count: 1\n        retention-age: 1d\n"

// rights is a scenario on the shipped server.
type rights struct {
	settings
	server *natsServer
	disk   string
	// processes that must never lack a right.
	processes []*process
}

// newRights is a disk with three files, of which one is to stay.
func newRights(t *testing.T, features map[string]bool) *rights {
	t.Helper()
	r := &rights{settings: newSettings(t, "1s"), server: startSecured(t, features)}
	r.nats = r.server.URL
	r.disk = newFolder(t, purged, "db/a/dump-1.sql", "db/a/dump-2.sql", "db/a/dump-3.sql")
	for i := range 3 {
		at := time.Now().AddDate(0, 0, i-30)
		if err := os.Chtimes(filepath.Join(r.disk, fmt.Sprintf("db/a/dump-%d.sql", i+1)), at, at); err != nil {
			t.Fatal(err)
		}
	}
	r.environments["office"] = folder(r.disk)
	r.expect(t, "provisioner", 0, "stream BACKMON_STATUS: created", "provision")
	return r
}

// start starts a service with a user of its own.
func (r *rights) start(t *testing.T, service string) *process {
	t.Helper()
	p := start(t, r.as(t, service), service)
	r.processes = append(r.processes, p)
	return p
}

// expect runs a command as a user, and returns what it printed.
func (r *rights) expect(t *testing.T, user string, code int, want string, arguments ...string) string {
	t.Helper()
	got, output := backmon(t, r.as(t, user), arguments...)
	if got != code || !strings.Contains(output, want) {
		t.Fatalf("%v as %s: exit code %d, want %d and %q:\n%s", arguments, user, got, code, want, output)
	}
	return output
}

// books waits until the audit holds something.
func (r *rights) books(t *testing.T, want string) {
	t.Helper()
	eventually(t, want+" in the audit", func() bool {
		return strings.Contains(r.expect(t, "operator", 0, "", "audit", "--since", "1h"), want)
	})
}

// TestShippedRightsSuffice runs every service and command with the user that
// deploy/nats/nats.conf has for it.
func TestShippedRightsSuffice(t *testing.T) {
	t.Parallel()
	for name, features := range map[string]map[string]bool{
		"as servers are":                  nil,
		"with the other subjects of 2.15": {"js_ack_fc_v2": true, "js_api_reply_v2": true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newRights(t, features).suffice(t)
		})
	}
}

func (r *rights) suffice(t *testing.T) {
	t.Helper()
	live, err := r.server.connectAs(t, "bot").SubscribeSync("backmon.v1.live.>")
	if err != nil {
		t.Fatal(err)
	}
	discoverer, purger := r.start(t, "discoverer"), r.start(t, "purger")
	r.start(t, "notifier")
	r.start(t, "evaluator")
	r.more = object{"downloads": object{"enabled": true}, "http": object{"allow-anonymous-writes": true}}
	gateway := r.start(t, "gateway")
	address := gateway.address(t)
	gateway.journal.wait(t, "downloads are on, and nobody has to log in")
	r.more = nil

	r.expect(t, "operator", 0, "db/a", "status", "--wait", patience.String())
	metric(t, address, 3, "backmon_backup_file_count", "env", "office")
	if _, err := live.NextMsg(patience); err != nil {
		t.Errorf("the bot hears nothing: %v", err)
	}
	r.books(t, "dump-1.sql") // a dry run
	if status, body := get(t, address+seriesPath(r.disk, "db/a")); status != http.StatusOK || body != "backup of db/a/dump-3.sql" {
		t.Errorf("the download: %d %q", status, body)
	}
	r.books(t, "TAKEN")
	r.api(t, address)
	purger.stop(t)
	r.purgeAfterHold(t, address)
	r.deadLetters(t)
	r.silence(t)
	discoverer.stop(t)
	r.endOffice(t, address)

	for _, p := range r.processes {
		if strings.Contains(p.journal.text(), bus.ErrForbidden.Error()) {
			t.Errorf("%s lacks a right:\n%s", p.name, p.journal.text())
		}
	}
	r.expect(t, "provisioner", 0, "everything is there", "provision")
}

// api asks the gateway for all that it needs a right for.
func (r *rights) api(t *testing.T, address string) {
	t.Helper()
	c := asker{t, address}
	var series struct{ History []struct{ State string } }
	c.ask(http.MethodGet, "/api/v1/series/office/"+link.Segment(r.disk)+"/db/dump/db=2Fa", "", &series)
	var audit struct{ Records []struct{ Kind string } }
	c.ask(http.MethodGet, "/api/v1/audit", "", &audit)
	if len(series.History) == 0 || len(audit.Records) == 0 {
		t.Errorf("history %v, audit %v", series, audit)
	}
	c.ask(http.MethodPost, "/api/v1/disks/office/"+link.Segment(r.disk)+"/evaluate", "", nil)
	for path, body := range map[string]string{
		"/api/v1/holds":    `{"group":"nobody","why":"a test","by":"me"}`,
		"/api/v1/silences": `{"match":{"group":["nobody"]},"why":"a test","by":"me","until":"1h"}`,
	} {
		var order struct{ URL string }
		c.ask(http.MethodPost, path, body, &order)
		c.ask(http.MethodGet, path, "", nil)
		c.ask(http.MethodDelete, order.URL, "", nil)
	}
	c.ask(http.MethodGet, "/api/v1/purge", "", nil)
	c.ask(http.MethodGet, "/api/v1/incidents", "", nil)
}

// purgeAfterHold purges once the hold that forbids it is removed.
func (r *rights) purgeAfterHold(t *testing.T, address string) {
	t.Helper()
	put := r.expect(t, "operator", 0, `"id"`, "hold", "add", "--all", "--why", "a test", "--by", "me", "-o", "json")
	var hold struct{ ID string }
	if err := json.Unmarshal([]byte(put), &hold); err != nil {
		t.Fatal(err)
	}
	r.expect(t, "operator", 0, "a test", "hold", "list")
	r.more = object{"purger": object{"mode": "enforce"}}
	r.start(t, "purger")
	metric(t, address, 1, "backmon_purge_blocked", "env", "office", "reason", "hold")
	r.expect(t, "operator", 0, "is removed", "hold", "remove", hold.ID)
	eventually(t, "the purge", func() bool {
		left, err := filepath.Glob(filepath.Join(r.disk, "db/a/*"))
		return err == nil && len(left) == 1
	})
	r.books(t, "2 of 2 files")
	metric(t, address, 0, "backmon_series_severity", "env", "office")
}

// silence puts and ends a silence, and looks at what is wrong.
func (r *rights) silence(t *testing.T) {
	t.Helper()
	put := r.expect(t, "operator", 0, `"id"`, "silence", "add", "--all", "--until", "1h", "--why", "a test", "--by", "me", "-o", "json")
	var silence struct{ ID string }
	if err := json.Unmarshal([]byte(put), &silence); err != nil {
		t.Fatal(err)
	}
	r.expect(t, "operator", 0, "a test", "silence", "list")
	r.expect(t, "operator", 0, "is removed", "silence", "remove", silence.ID)
	r.expect(t, "operator", 0, "", "incidents")
}

// deadLetters gives both consumers what they can't read.
func (r *rights) deadLetters(t *testing.T) {
	t.Helper()
	for user, subject := range map[string]string{"discoverer": bus.DiskFoundSubject("e", "odd"), "evaluator": bus.DiskStatusSubject("e", "odd")} {
		conn := r.server.connectAs(t, user)
		if err := errors.Join(conn.Publish(subject, []byte("\xff")), conn.Flush()); err != nil {
			t.Fatal(err)
		}
	}
	js, err := jetstream.New(r.server.connectAs(t, "provisioner"))
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), bus.StreamDeadLetters)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "dead letters of evaluator, purger and notifier", func() bool {
		info, err := stream.Info(t.Context(), jetstream.WithSubjectFilter(">"))
		return err == nil && len(info.State.Subjects) == 3
	})
}

// endOffice takes the environment out of the discoverer's configuration.
func (r *rights) endOffice(t *testing.T, address string) {
	t.Helper()
	r.environments = object{"other": folder(newFolder(t, perTenant, "db/a/dump-1.sql"))}
	r.start(t, "discoverer").journal.wait(t, "the disk's statuses are ended", "office")
	noMetric(t, address, "backmon_backup_file_count", "env", "office")
}

// TestShippedRightsAreNarrow tries what nobody should be able to do.
func TestShippedRightsAreNarrow(t *testing.T) {
	t.Parallel()
	r := newRights(t, nil)
	const api = "$JS.API."
	publishing := map[string][]string{
		"provisioner": {
			"backmon.v1.status.disk.e.d", "backmon.v1.audit.purged.e.d", "$KV.BACKMON_HOLDS.x", "$KV.BACKMON_INCIDENTS.x", "backmon.v1.disk.found.e.d",
		},
		"discoverer": {
			api + "STREAM.PURGE.BACKMON_STATUS", api + "STREAM.DELETE.BACKMON_DISKS", api + "STREAM.MSG.DELETE.BACKMON_STATUS",
			api + "CONSUMER.CREATE.BACKMON_STATUS.purger.backmon.v1.status.disk.>", api + "CONSUMER.MSG.NEXT.BACKMON_STATUS.purger",
			api + "CONSUMER.CREATE.BACKMON_STATUS.notifier.backmon.v1.status.disk.>", api + "CONSUMER.MSG.NEXT.BACKMON_STATUS.notifier",
			api + "CONSUMER.CREATE.BACKMON_STATUS.x", api + "CONSUMER.DURABLE.CREATE.BACKMON_STATUS.x",
			"backmon.v1.audit.purged.e.d", "$KV.BACKMON_HOLDS.x", "$KV.BACKMON_SILENCES.x", "$JS.ACK.BACKMON_STATUS.purger.1.1.1.1.0",
			"$JS.ACK.BACKMON_STATUS.notifier.1.1.1.1.0",
		},
		"evaluator": {
			"backmon.v1.audit.purged.e.d", "backmon.v1.disk.found.e.d", "$KV.BACKMON_HOLDS.x", "$KV.BACKMON_INCIDENTS.x", "backmon.v1.deadletter.purger",
			api + "STREAM.CREATE.X", api + "STREAM.UPDATE.BACKMON_STATUS", api + "STREAM.PURGE.BACKMON_AUDIT",
			api + "CONSUMER.CREATE.BACKMON_STATUS.x.backmon.v1.status.>", api + "CONSUMER.MSG.NEXT.BACKMON_STATUS.purger",
			api + "CONSUMER.MSG.NEXT.BACKMON_STATUS.notifier", api + "CONSUMER.DELETE.BACKMON_DISKS.evaluator",
		},
		"purger": {
			"backmon.v1.status.disk.e.d", "$KV.BACKMON_HOLDS.x", "$KV.BACKMON_INCIDENTS.x", "$KV.BACKMON_NOTICES.x.y", "$KV.BACKMON_SILENCES.x",
			"backmon.v1.audit.notified.e.d", "backmon.v1.audit.downloaded.e.d", "backmon.v1.deadletter.notifier",
			api + "STREAM.PURGE.BACKMON_AUDIT", api + "STREAM.MSG.DELETE.BACKMON_AUDIT", api + "CONSUMER.MSG.NEXT.BACKMON_DISKS.evaluator",
			api + "CONSUMER.MSG.NEXT.BACKMON_STATUS.notifier", api + "CONSUMER.CREATE.BACKMON_STATUS.x.backmon.v1.status.>",
		},
		"notifier": {
			"backmon.v1.status.disk.e.d", "backmon.v1.disk.found.e.d", "backmon.v1.audit.purged.e.d", "backmon.v1.audit.refused.e.d",
			"backmon.v1.audit.downloaded.e.d", "backmon.v1.deadletter.purger", "$KV.BACKMON_HOLDS.x", "$KV.BACKMON_SILENCES.x",
			api + "STREAM.MSG.GET.KV_BACKMON_HOLDS", api + "STREAM.PURGE.KV_BACKMON_INCIDENTS", api + "STREAM.MSG.DELETE.KV_BACKMON_NOTICES",
			api + "STREAM.PURGE.BACKMON_AUDIT", api + "CONSUMER.DELETE.BACKMON_STATUS.notifier", api + "CONSUMER.MSG.NEXT.BACKMON_DISKS.evaluator",
			api + "CONSUMER.MSG.NEXT.BACKMON_STATUS.purger", api + "CONSUMER.CREATE.BACKMON_STATUS.x.backmon.v1.status.disk.>",
			api + "CONSUMER.CREATE.BACKMON_STATUS.purger.backmon.v1.status.backup.>",
			api + "CONSUMER.CREATE.BACKMON_STATUS.notifier.backmon.v1.status.backup.>",
		},
		"gateway": {
			api + "CONSUMER.DELETE.BACKMON_STATUS.purger", api + "CONSUMER.CREATE.BACKMON_STATUS.purger.backmon.v1.status.disk.>",
			api + "CONSUMER.CREATE.BACKMON_STATUS.notifier.backmon.v1.status.>", api + "CONSUMER.MSG.NEXT.BACKMON_STATUS.notifier",
			api + "CONSUMER.MSG.NEXT.BACKMON_STATUS.purger", api + "CONSUMER.MSG.NEXT.BACKMON_DISKS.evaluator",
			api + "STREAM.PURGE.KV_BACKMON_HOLDS", "backmon.v1.status.backup.e.d.a.b.c", "backmon.v1.audit.purged.e.d", "backmon.v1.audit.refused.e.d",
			"backmon.v1.audit.notified.e.d", "$KV.BACKMON_INCIDENTS.x", "$KV.BACKMON_NOTICES.x.y", "backmon.v1.live.x",
		},
		"operator": {
			"backmon.v1.status.disk.e.d", "backmon.v1.audit.purged.e.d", "backmon.v1.audit.unnotified.e.d", "backmon.v1.disk.found.e.d",
			"$KV.BACKMON_INCIDENTS.x", "$KV.BACKMON_NOTICES.x.y", api + "STREAM.DELETE.BACKMON_AUDIT",
			api + "STREAM.PURGE.KV_BACKMON_HOLDS", api + "CONSUMER.MSG.NEXT.BACKMON_STATUS.purger", api + "CONSUMER.MSG.NEXT.BACKMON_STATUS.notifier",
			api + "CONSUMER.CREATE.BACKMON_STATUS.purger.backmon.v1.status.disk.>",
			api + "CONSUMER.CREATE.BACKMON_STATUS.notifier.backmon.v1.status.>",
		},
		"bot": {
			"anything", "backmon.v1.live.x", "backmon.v1.status.disk.e.d", api + "INFO", api + "STREAM.INFO.BACKMON_STATUS",
			api + "CONSUMER.CREATE.BACKMON_STATUS.x.backmon.v1.status.>", api + "CONSUMER.CREATE.BACKMON_STATUS",
		},
	}
	for user, subjects := range publishing {
		for _, subject := range subjects {
			r.refused(t, user, subject, func(c *nats.Conn) error { return c.Publish(subject, nil) })
		}
	}
	r.expect(t, "provisioner", 0, "everything is there", "provision")
}

// TestShippedRightsToListen: a service hears answers to itself only, a bot what
// is live.
func TestShippedRightsToListen(t *testing.T) {
	t.Parallel()
	r := newRights(t, nil)
	common := []string{">", "_INBOX.>", "backmon.v1.status.>", "backmon.v1.audit.>", "$KV.>", "$JS.>"}
	for _, user := range append(servicesOfNATS, "bot") {
		subjects := slices.Clone(common)
		for _, other := range servicesOfNATS {
			if other != user {
				subjects = append(subjects, "_INBOX_"+other+".>")
			}
		}
		for _, subject := range subjects {
			r.refused(t, user, subject, func(c *nats.Conn) error { return listen(c, subject) })
		}
	}
	for user, subject := range map[string]string{"evaluator": "_INBOX_evaluator.>", "bot": "backmon.v1.live.>"} {
		conn := r.server.connectAs(t, user)
		if err := errors.Join(listen(conn, subject), conn.Flush(), conn.LastError()); err != nil {
			t.Errorf("%s, %q: %v", user, subject, err)
		}
	}
}

func listen(c *nats.Conn, subject string) error {
	_, err := c.SubscribeSync(subject)
	return err
}

// refused fails the test unless the server says that the user lacks the right.
func (r *rights) refused(t *testing.T, user, subject string, do func(*nats.Conn) error) {
	t.Helper()
	conn := r.server.connectAs(t, user)
	defer conn.Close()
	if err := errors.Join(do(conn), conn.Flush()); err != nil {
		t.Fatal(err)
	}
	// The server's word about the subject comes before its answer to the flush.
	if err := conn.LastError(); !errors.Is(err, nats.ErrPermissionViolation) || !strings.Contains(err.Error(), subject) {
		t.Errorf("%s, %q: %v, want a violation of its rights", user, subject, err)
	}
}

// TestLackOfRightsIsTold uses the users of others.
func TestLackOfRightsIsTold(t *testing.T) {
	t.Parallel()
	r := newRights(t, nil)
	start(t, r.as(t, "gateway"), "evaluator").journal.wait(t, `"level":"error"`, bus.ErrForbidden.Error(), "_INBOX_evaluator")
	r.expect(t, "gateway", 1, bus.ErrForbidden.Error(), "hold", "list")
	r.expect(t, "bot", 3, bus.ErrForbidden.Error(), "status")
	if err := new(server.Options).ProcessConfigString(shipped(t)); err == nil || !strings.Contains(err.Error(), "BACKMON_") {
		t.Errorf("without passwords the server starts: %v", err)
	}
}
