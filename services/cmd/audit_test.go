package cmd_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	"github.com/backmon/backmon/pkg/bus/embedded"
	"github.com/backmon/backmon/pkg/config"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// natsOf is how to reach the program's own NATS.
func natsOf(t *testing.T, file string) bus.Config {
	t.Helper()
	c, err := config.Load(file, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	settings, err := embedded.ClientConfig(embedded.Config{StoreDir: c.NATS.Embedded.StoreDir, Listen: c.NATS.Embedded.Listen})
	if err != nil {
		t.Fatal(err)
	}
	return settings
}

// purgerBus is a connection as the purger has it.
func purgerBus(t *testing.T, file string) *bus.Bus {
	t.Helper()
	return bustest.Connect(t, natsOf(t, file), bus.Options{Name: "purger", OnError: bustest.Log(t)})
}

// rawJetStream is a connection that knows nothing of backmon.
func rawJetStream(t *testing.T, file string) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(strings.Join(natsOf(t, file).URLs, ","))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// wrote is a run of the purger on one file of a disk.
func wrote(environment, disk, run, key string, phase backmonv1.PurgePhase) *backmonv1.FilesPurged {
	m := &backmonv1.FilesPurged{
		Environment: environment, Disk: disk, Run: run, Phase: phase, Mode: backmonv1.PurgeMode_PURGE_MODE_ENFORCE, Chunk: 1, Chunks: 1, At: timestamppb.Now(),
		Totals: &backmonv1.PurgeTotals{Planned: 1, PlannedBytes: 7},
		Files: []*backmonv1.PurgedFile{{
			Series: &backmonv1.SeriesId{Environment: environment, Disk: disk, Directory: "db", File: "full", Group: []byte("db/a")},
			Key:    []byte(key), Size: 7, Reason: "beyond the 2 newest",
		}},
	}
	if phase == backmonv1.PurgePhase_PURGE_PHASE_RESULT {
		m.Totals.Deleted, m.Totals.FreedBytes, m.Files[0].Verdict = 1, 7, backmonv1.PurgeVerdict_PURGE_VERDICT_DELETED
	}
	return m
}

// The books, on the real program and its real NATS.
func TestAudit(t *testing.T) {
	config, folder := serving(t)
	backmon(t, "audit", "--config", config).expect(t, 0, "The books hold nothing since 20")
	backmon(t, "audit", folder, "--config", config, "--since", "1h").expect(t, 0, "The books hold nothing on home:"+folder+" since 20")

	b := purgerBus(t, config)
	const intent, result = backmonv1.PurgePhase_PURGE_PHASE_INTENT, backmonv1.PurgePhase_PURGE_PHASE_RESULT
	for id, m := range []proto.Message{
		wrote("home", folder, "RUN1", "db/a/dump-1.gz", intent),
		wrote("home", folder, "RUN1", "db/a/dump-1.gz", result),
		wrote("other", "gone", "RUN2", "\x1b[2J\u202e\xff\n", result),
		wrote("home", folder, "RUN3", "db/a/dump-2.gz", intent),
		&backmonv1.PurgeRefused{Environment: "home", Disk: folder, At: timestamppb.Now(), Reason: "LATE", Text: "the series is LATE\x07", Files: 3},
		&backmonv1.FileDownloaded{
			Environment: "home", Disk: folder, At: timestamppb.Now(), Key: []byte("db/a/dump-\u202e"), Size: 7, Sent: 3, Mode: backmonv1.DownloadMode_DOWNLOAD_MODE_STREAM,
			User: "al\x1bice", Client: "192.0.2.7", Series: &backmonv1.SeriesId{Directory: "db", File: "full", Group: []byte("db/a")},
		},
	} {
		if err := b.PublishAudit(t.Context(), m, time.Now().String()+string(rune('a'+id))); err != nil {
			t.Fatal(err)
		}
	}
	r := backmon(t, "audit", "--config", config)
	r.expect(t, 0, "PURGED    home:"+folder+"  1 of 1 file (7 B) deleted, 7 B free now  run RUN1",
		"    deleted  7 B  db/a/dump-1.gz  beyond the 2 newest\n", "PURGED    other:gone", `\x1b[2J\u202e\xff\n`,
		"INTENT    home:"+folder, "no result yet", "REFUSED   home:"+folder+`  the series is LATE\a (3 files wait)`,
		"TAKEN     home:"+folder+`  db / full  db/a  db/a/dump-\u202e  3 B of 7 B sent to al\x1bice at 192.0.2.7, then it broke off`)
	if strings.Count(r.out, "RUN1") != 1 {
		t.Errorf("a run with its result is shown once:\n%s", r.out)
	}
	for _, bad := range []string{"\x1b", "\u202e", "\xff", "\x07"} {
		if strings.Contains(r.out, bad) {
			t.Errorf("%q gets through", bad)
		}
	}
	auditOfDisks(t, config, folder)
	auditLines(t, config)
}

// auditOfDisks: one that is configured, one that is no more, and none.
func auditOfDisks(t *testing.T, config, folder string) {
	t.Helper()
	for _, name := range []string{folder, "home/" + folder} {
		if r := backmon(t, "audit", name, "--config", config); strings.Contains(r.out, "RUN2") || !strings.Contains(r.out, "RUN1") {
			t.Errorf("audit of %q:\n%s%s", name, r.out, r.err)
		}
	}
	if r := backmon(t, "audit", "other/gone", "--config", config); !strings.Contains(r.out, "RUN2") || strings.Contains(r.out, "RUN1") {
		t.Errorf("audit of a disk that is no more:\n%s%s", r.out, r.err)
	}
	backmon(t, "audit", "gone", "--config", config).expect(t, 1, `disk "gone" is not in the configuration; write ENVIRONMENT/gone`)
	backmon(t, "audit", "--config", config, "--since", "yesterday").expect(t, 1, `--since: "yesterday" is not how long ago`)
	for _, since := range []string{"2020-01-01", "2020-01-01T12:00:00Z", "1Y"} {
		backmon(t, "audit", "--config", config, "--since", since).expect(t, 0, "RUN1", "RUN2")
	}
	backmon(t, "audit", "--config", config, "--since", "2999-01-01").expect(t, 0, "The books hold nothing")
}

// auditLines: with -o json each record is a line, intents too.
func auditLines(t *testing.T, config string) {
	t.Helper()
	r := backmon(t, "audit", "--config", config, "-o", "json")
	r.expect(t, 0)
	var phases []string
	for line := range strings.Lines(r.out) {
		var record struct{ Kind, Run, Phase string }
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		phases = append(phases, record.Kind+" "+record.Run+" "+record.Phase)
	}
	if got, want := strings.Join(phases, ", "), "purged RUN1 intent, purged RUN1 result, purged RUN2 result, purged RUN3 intent, refused  , downloaded  "; got != want {
		t.Errorf("records %q, want %q", got, want)
	}
	if r := backmon(t, "audit", "--config", config, "-o", "json", "--since", "2999-01-01"); r.code != 0 || r.out != "" {
		t.Errorf("no records as JSON: %q", r.out)
	}
}

// A record that can't be read is an error, and the others are shown.
func TestAuditUnreadable(t *testing.T) {
	config, folder := serving(t)
	b := purgerBus(t, config)
	if err := b.PublishAudit(t.Context(), wrote("home", folder, "RUN1", "k", backmonv1.PurgePhase_PURGE_PHASE_RESULT), "1"); err != nil {
		t.Fatal(err)
	}
	if _, err := rawJetStream(t, config).Publish(t.Context(), bus.AuditSubject("purged", "home", folder), []byte("\xff\xff")); err != nil {
		t.Fatal(err)
	}
	backmon(t, "audit", "--config", config).expect(t, 1, "run RUN1", "backmon: the books are not shown in full: audit record 2")
}
