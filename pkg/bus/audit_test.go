package bus_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

func purged(disk, run string, phase backmonv1.PurgePhase, chunk, chunks int32) *backmonv1.FilesPurged {
	return &backmonv1.FilesPurged{
		Environment: env, Disk: disk, Run: run, Phase: phase, Mode: backmonv1.PurgeMode_PURGE_MODE_ENFORCE,
		Chunk: chunk, Chunks: chunks,
	}
}

func refused(disk, run string) *backmonv1.PurgeRefused {
	return &backmonv1.PurgeRefused{Environment: env, Disk: disk, Run: run, Reason: "hold"}
}

func downloaded(disk, key string) *backmonv1.FileDownloaded {
	return &backmonv1.FileDownloaded{Environment: env, Disk: disk, Key: []byte(key)}
}

// noticeSent is about several disks of the environment when disk is empty.
func noticeSent(environment, disk, notice string) *backmonv1.NoticeSent {
	return &backmonv1.NoticeSent{Environment: environment, Disk: disk, Notice: notice, Receiver: "ops"}
}

func noticeFailed(disk, notice string) *backmonv1.NoticeFailed {
	return &backmonv1.NoticeFailed{Environment: env, Disk: disk, Notice: notice, Receiver: "ops", Error: "refused"}
}

func audit(t testing.TB, b *bus.Bus, message proto.Message, id string) {
	t.Helper()
	if err := b.PublishAudit(patient(t), message, id); err != nil {
		t.Fatal(err)
	}
}

// tellRecord is a record in short: "purged d/run", "refused d/run", "downloaded d/key",
// "notified d/notice", "unnotified d/notice".
func tellRecord(record bus.AuditRecord) string {
	if p := record.Purged; p != nil {
		return "purged " + p.GetDisk() + "/" + p.GetRun()
	}
	if d := record.Downloaded; d != nil {
		return "downloaded " + d.GetDisk() + "/" + string(d.GetKey())
	}
	if n := record.Notified; n != nil {
		return "notified " + n.GetDisk() + "/" + n.GetNotice()
	}
	if n := record.Unnotified; n != nil {
		return "unnotified " + n.GetDisk() + "/" + n.GetNotice()
	}
	return "refused " + record.Refused.GetDisk() + "/" + record.Refused.GetRun()
}

func readAudit(t testing.TB, b *bus.Bus, filter bus.AuditFilter) []string {
	t.Helper()
	var all []string
	for record, err := range b.ReadAudit(patient(t), filter) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, tellRecord(record))
	}
	return all
}

func wantAudit(t testing.TB, b *bus.Bus, filter bus.AuditFilter, want ...string) {
	t.Helper()
	if got := readAudit(t, b, filter); !slices.Equal(got, want) {
		t.Errorf("filter %+v: %q, want %q", filter, got, want)
	}
}

const (
	intent = backmonv1.PurgePhase_PURGE_PHASE_INTENT
	result = backmonv1.PurgePhase_PURGE_PHASE_RESULT
)

func TestAudit(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		b := s.Connect(t, "purger")
		wantAudit(t, b, bus.AuditFilter{})
		audit(t, b, purged("d", "1", result, 1, 1), "1")
		audit(t, b, refused("d", "2"), "2")
		audit(t, b, purged("other", "3", result, 1, 1), "3")
		audit(t, b, downloaded("d", "4"), "4")
		_, js := raw(t, s)
		must[*jetstream.PubAck](t)(js.Publish(patient(t), bus.AuditSubject("notice", env, "d"), []byte("of a later version")))
		both := []bus.AuditKind{bus.AuditPurged, bus.AuditRefused}
		cases := []struct {
			name   string
			filter bus.AuditFilter
			want   []string
		}{
			{"all", bus.AuditFilter{}, []string{"purged d/1", "refused d/2", "purged other/3", "downloaded d/4"}},
			{"environment", bus.AuditFilter{Environment: env}, []string{"purged d/1", "refused d/2", "purged other/3", "downloaded d/4"}},
			{"disk", bus.AuditFilter{Environment: env, Disk: "d"}, []string{"purged d/1", "refused d/2", "downloaded d/4"}},
			{"kind", bus.AuditFilter{Kinds: both[:1]}, []string{"purged d/1", "purged other/3"}},
			{"kind of a disk", bus.AuditFilter{Environment: env, Disk: "d", Kinds: both[1:]}, []string{"refused d/2"}},
			{"both kinds", bus.AuditFilter{Environment: env, Disk: "d", Kinds: both}, []string{"purged d/1", "refused d/2"}},
			{"a third kind", bus.AuditFilter{Kinds: []bus.AuditKind{bus.AuditDownloaded}}, []string{"downloaded d/4"}},
			{"another environment", bus.AuditFilter{Environment: "other"}, nil},
			{"from now on", bus.AuditFilter{Since: time.Now().Add(time.Hour)}, nil},
			{"of the last hour", bus.AuditFilter{Since: time.Now().Add(-time.Hour), Kinds: both[1:]}, []string{"refused d/2"}},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) { wantAudit(t, b, c.filter, c.want...) })
		}
	})
}

// A notice may be about several disks, or environments: it is found by what it names.
func TestAuditOfNotices(t *testing.T) {
	b := bustest.Start(t).Connect(t, "notifier")
	audit(t, b, noticeSent(env, "d", "1"), "1")
	audit(t, b, noticeSent(env, "", "2"), "2")
	audit(t, b, noticeSent("", "", "3"), "3")
	audit(t, b, noticeFailed("d", "1"), "1")
	audit(t, b, noticeSent("", "", "3"), "3") // again
	audit(t, b, purged("d", "5", result, 1, 1), "5")
	cases := []struct {
		name   string
		filter bus.AuditFilter
		want   []string
	}{
		{"all", bus.AuditFilter{}, []string{"notified d/1", "notified /2", "notified /3", "unnotified d/1", "purged d/5"}},
		{"environment", bus.AuditFilter{Environment: env}, []string{"notified d/1", "notified /2", "unnotified d/1", "purged d/5"}},
		{"disk", bus.AuditFilter{Environment: env, Disk: "d"}, []string{"notified d/1", "unnotified d/1", "purged d/5"}},
		{"sent", bus.AuditFilter{Kinds: []bus.AuditKind{bus.AuditNotified}}, []string{"notified d/1", "notified /2", "notified /3"}},
		{"failed", bus.AuditFilter{Kinds: []bus.AuditKind{bus.AuditUnnotified}}, []string{"unnotified d/1"}},
		{
			"both, of a disk",
			bus.AuditFilter{Environment: env, Disk: "d", Kinds: []bus.AuditKind{bus.AuditNotified, bus.AuditUnnotified}},
			[]string{"notified d/1", "unnotified d/1"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { wantAudit(t, b, c.filter, c.want...) })
	}
}

func TestAuditSince(t *testing.T) {
	b := bustest.Start(t).Connect(t, "purger")
	for i := range 4 {
		audit(t, b, refused("d", fmt.Sprint(i)), fmt.Sprint(i))
	}
	var records []bus.AuditRecord
	for record, err := range b.ReadAudit(patient(t), bus.AuditFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, record)
	}
	if age := time.Since(records[0].Stored); age < 0 || age > bustest.Timeout {
		t.Errorf("stored %s ago", age)
	}
	wantAudit(t, b, bus.AuditFilter{Since: records[2].Stored}, "refused d/2", "refused d/3")
	wantAudit(t, b, bus.AuditFilter{Since: records[3].Stored.Add(1)})
}

// A job that is delivered again says the same again, also when the server, the
// leader or the purger is another one by then.
func TestAuditIsWrittenOnce(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		first, second := s.Connect(t, "one"), s.Connect(t, "two")
		write := func(b *bus.Bus) {
			audit(t, b, purged("d", "1", intent, 1, 1), "1/intent")
			audit(t, b, purged("d", "1", result, 1, 1), "1/result")
			audit(t, b, refused("d", "1"), "1/result")              // another kind
			audit(t, b, purged("e", "1", result, 1, 1), "1/result") // another disk
		}
		write(first)
		write(second)
		if s.Embedded() {
			s.Restart(t)
		} else {
			s.StopLeader(t, bus.StreamAudit)
		}
		write(second)
		wantAudit(t, first, bus.AuditFilter{}, "purged d/1", "purged d/1", "refused d/1", "purged e/1")
	})
}

// A job may be delivered again after longer than the server's usual two minutes.
func TestAuditRemembersIDs(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	config := must[jetstream.Stream](t)(js.Stream(patient(t), bus.StreamAudit)).CachedInfo().Config
	if config.Duplicates < 12*time.Hour {
		t.Errorf("ids are known for %s", config.Duplicates)
	}
	config.Duplicates = 2 * time.Minute
	must[jetstream.Stream](t)(js.UpdateStream(patient(t), config))
	report := must[bus.Report](t)(s.Connect(t, "test").Provision(patient(t)))
	if want := "stream BACKMON_AUDIT: duplicate_window is 2m0s, wanted 24h0m0s\n"; report.String() != want {
		t.Errorf("report %q, want %q", report, want)
	}
}

// Whichever replica answers, what was stored is read.
func TestAuditIsReadAtOnce(t *testing.T) {
	s := bustest.StartCluster(t)
	writer, reader := s.Connect(t, "purger"), s.Connect(t, "reader")
	var want []string
	for i := range 50 {
		audit(t, writer, refused("d", fmt.Sprint(i)), fmt.Sprint(i))
		want = append(want, fmt.Sprint("refused d/", i))
		wantAudit(t, reader, bus.AuditFilter{}, want...)
		wantAudit(t, reader, bus.AuditFilter{Environment: env, Disk: "d", Kinds: []bus.AuditKind{bus.AuditRefused}}, want...)
	}
}

// publishMany stores records by the fast way, round robin on some disks.
func publishMany(t *testing.T, js jetstream.JetStream, records, disks int) {
	t.Helper()
	for i := range records {
		disk := fmt.Sprint(i % disks)
		data := must[[]byte](t)(proto.Marshal(refused(disk, fmt.Sprint(i))))
		must[jetstream.PubAckFuture](t)(js.PublishAsync(bus.AuditSubject("refused", env, disk), data))
		if i%500 == 499 || i == records-1 {
			receive(t, js.PublishAsyncComplete(), "the records to be stored")
		}
	}
}

func TestAuditOfManyPages(t *testing.T) {
	const records, disks = 10_050, 10
	s := bustest.StartCluster(t)
	_, js := raw(t, s)
	publishMany(t, js, records, disks)
	b := s.Connect(t, "reader")
	cases := []struct {
		name        string
		filter      bus.AuditFilter
		first, step int
	}{
		{"all", bus.AuditFilter{}, 0, 1},
		{"one disk", bus.AuditFilter{Environment: env, Disk: "7"}, 7, disks},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			next := c.first
			for record, err := range b.ReadAudit(patient(t), c.filter) {
				if err != nil {
					t.Fatal(err)
				}
				if got := record.Refused.GetRun(); got != fmt.Sprint(next) {
					t.Fatalf("record %s, want %d", got, next)
				}
				next += c.step
			}
			if next < records {
				t.Errorf("ends before %d of %d", next, records)
			}
		})
	}
}

// What comes during the reading is left to the next one; a server that restarts
// in between is no end.
func TestAuditEndsWhereItBegan(t *testing.T) {
	const records = 300 // more than a page
	s := bustest.Start(t)
	b := s.Connect(t, "purger")
	_, js := raw(t, s)
	publishMany(t, js, records, 1)
	read := 0
	for record, err := range b.ReadAudit(patient(t), bus.AuditFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if read == 0 {
			audit(t, b, refused("0", "late"), "late")
			s.Restart(t)
		}
		if got := record.Refused.GetRun(); got != fmt.Sprint(read) {
			t.Fatalf("record %q, want %d", got, read)
		}
		read++
	}
	if read != records {
		t.Errorf("%d read, want %d", read, records)
	}
}

// Who has read up to a record goes on behind it, wherever the filter's time lies.
func TestAuditAfter(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	publishMany(t, js, 6, 2)
	b := s.Connect(t, "reader")
	for _, c := range []struct {
		after uint64
		disk  string
		want  string
	}{
		{0, "", "[0 1 2 3 4 5]"},
		{4, "", "[4 5]"},
		{4, "0", "[4]"},
		{6, "", "[]"},
		{99, "", "[]"},
	} {
		filter := bus.AuditFilter{After: c.after, Disk: c.disk, Since: time.Now().Add(time.Hour)}
		if c.disk != "" {
			filter.Environment = env
		}
		if c.after == 0 {
			filter.Since = time.Time{}
		}
		runs := []string{}
		for record, err := range b.ReadAudit(patient(t), filter) {
			if err != nil {
				t.Fatal(err)
			}
			runs = append(runs, record.Refused.GetRun())
		}
		if got := fmt.Sprint(runs); got != c.want {
			t.Errorf("after %d of %q: %s, want %s", c.after, c.disk, got, c.want)
		}
	}
}

func TestAuditReaderMayStop(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	publishMany(t, js, 3, 1)
	read := 0
	for _, err := range s.Connect(t, "reader").ReadAudit(patient(t), bus.AuditFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		read++
		break
	}
	if read != 1 {
		t.Errorf("%d read", read)
	}
}

func TestUnreadableAudit(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	b := s.Connect(t, "purger")
	ack := must[*jetstream.PubAck](t)(js.Publish(patient(t), bus.AuditSubject("purged", env, "d"), []byte("\xff\xff")))
	audit(t, b, purged("d", "1", result, 1, 1), "1")
	var good, bad []uint64
	for record, err := range b.ReadAudit(patient(t), bus.AuditFilter{}) {
		if err != nil {
			bad = append(bad, record.Sequence)
			continue
		}
		good = append(good, record.Sequence)
	}
	if !slices.Equal(bad, []uint64{ack.Sequence}) || !slices.Equal(good, []uint64{ack.Sequence + 1}) {
		t.Errorf("bad %d, good %d", bad, good)
	}
	if runs, err := b.LastPurged(patient(t), env, "d"); err == nil {
		t.Errorf("runs %v in spite of a record that can't be read", runs)
	}
}

func TestAuditRefuses(t *testing.T) {
	b := bustest.Start(t).Connect(t, "purger")
	if err := b.PublishAudit(patient(t), refused("d", "1"), ""); err == nil {
		t.Error("a record without an id is stored")
	}
	if err := b.PublishAudit(patient(t), found("d"), "1"); err == nil {
		t.Error("a DiskFound is stored")
	}
	big := refused("d", "1")
	big.Text = string(make([]byte, 2<<20))
	if err := b.PublishAudit(patient(t), big, "1"); err == nil {
		t.Error("a record of 2 MiB is stored")
	}
	for _, bad := range []bus.AuditFilter{{Disk: "d"}, {Kinds: []bus.AuditKind{77}}} {
		for _, err := range b.ReadAudit(patient(t), bad) {
			if err == nil {
				t.Errorf("filter %+v is accepted", bad)
			}
		}
		if err := b.WatchAudit(patient(t), bad, func(bus.AuditEvent) error { return errors.New("called") }); err == nil || err.Error() == "called" {
			t.Errorf("filter %+v is accepted: %v", bad, err)
		}
	}
	wantAudit(t, b, bus.AuditFilter{})
}

func TestNoAuditStream(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	if err := js.DeleteStream(patient(t), bus.StreamAudit); err != nil {
		t.Fatal(err)
	}
	b := s.ConnectWith(t, bus.Options{Name: "purger", Patience: time.Millisecond})
	wantMissing(t, b.PublishAudit(patient(t), refused("d", "1"), "1"), "stream BACKMON_AUDIT")
	read := 0
	for _, err := range b.ReadAudit(patient(t), bus.AuditFilter{}) {
		wantMissing(t, err, "stream BACKMON_AUDIT")
		read++
	}
	if read != 1 {
		t.Error("no audit stream is taken for an empty one")
	}
	_, err := b.LastPurged(patient(t), env, "d")
	wantMissing(t, err, "stream BACKMON_AUDIT")
	_, err = b.UnsettledPurges(patient(t), env, "d")
	wantMissing(t, err, "stream BACKMON_AUDIT")
	wantMissing(t, b.WatchAudit(patient(t), bus.AuditFilter{}, func(bus.AuditEvent) error { return nil }), "stream BACKMON_AUDIT")
}

// A replica that lacks the newest record must not be taken for the end: an
// intent would be overlooked.
func TestAuditOfReplicaThatLags(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "purger")
	audit(t, b, refused("d", "1"), "1")
	conn, js := raw(t, s)
	setDirect(t, js, bus.StreamAudit, false)
	asked := make(chan struct{}, 100)
	lagging := must[*nats.Subscription](t)(conn.Subscribe("$JS.API.DIRECT.GET."+bus.StreamAudit, func(request *nats.Msg) {
		answer := nats.NewMsg(request.Reply)
		answer.Header.Set("Status", "404")
		if err := conn.PublishMsg(answer); err != nil {
			t.Error(err)
		}
		asked <- struct{}{}
	}))
	if err := conn.Flush(); err != nil { // before anybody asks
		t.Fatal(err)
	}
	read := make(chan []string, 1)
	go func() { read <- readAudit(t, b, bus.AuditFilter{}) }()
	for range 2 {
		receive(t, asked, "the reader to ask the replica that lags")
	}
	if len(read) > 0 {
		t.Error("the reading has ended")
	}
	if err := lagging.Unsubscribe(); err != nil {
		t.Fatal(err)
	}
	setDirect(t, js, bus.StreamAudit, true)
	if got := receive(t, read, "the record"); !slices.Equal(got, []string{"refused d/1"}) {
		t.Errorf("read %q", got)
	}
}
