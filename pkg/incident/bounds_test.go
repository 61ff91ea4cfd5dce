package incident

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/backup"
)

// crowd is so many incidents of one group, every tenth of them missing and the others
// late.
func crowd(t testing.TB, count int) []Seen {
	seen := make([]Seen, count)
	for n := range seen {
		what := "LATE"
		if n%10 == 9 {
			what = "MISSING"
		}
		seen[n].Incident, _ = Incident{}.Apply(saw(t, dumps(fmt.Sprintf("%05d", n)), uint64(n)+1, night, what))
		seen[n].Routed = true
	}
	return seen
}

// over closes incidents.
func over(t testing.TB, seen []Seen, at time.Time) []Seen {
	seen = slices.Clone(seen)
	for n := range seen {
		seen[n].Incident, _ = seen[n].Apply(saw(t, seen[n].Subject, seen[n].Sequence+1_000_000, at, "OK"))
	}
	return seen
}

// A disk with 500 series that fail at once is one notice, with all counts and the
// worst of them by name.
func TestManyAreOneNotice(t *testing.T) {
	d := newDesk(t, standard)
	d.seen = crowd(t, 500)
	d.pass(time.Hour)
	if len(d.notices) != 1 {
		t.Fatalf("%d notices", len(d.notices))
	}
	n := d.notices[0]
	if len(n.Items) != listed || n.Changes[Opened] != 500 || n.Total() != 500 || n.Open != 500 || n.Severity != backup.SeverityCritical {
		t.Errorf("%d items, changes %v, %d open, %v", len(n.Items), n.Changes, n.Open, n.Severity)
	}
	for at, item := range n.Items {
		if want := fmt.Sprintf("%05d", at*10+9); item.Incident.Subject.Group != want || item.Change != Opened || item.Told != 0 {
			t.Errorf("item %d: %+v, want series %s", at, item, want)
		}
	}

	d.seen = over(t, d.seen, d.now)
	d.pass(time.Hour)
	if n = d.notices[len(d.notices)-1]; len(d.notices) != 2 || n.Kind != Resolved || len(n.Items) != listed || n.Changes[Closed] != 500 || n.Open != 0 {
		t.Errorf("%d notices, the last: %s", len(d.notices), sum(n))
	}
	if item := n.Items[0]; item.Told != backup.SeverityCritical || item.Incident.Open() {
		t.Errorf("%+v", item)
	}
}

// What became critical is named before any number of warnings that opened.
func TestTheWorstAreListed(t *testing.T) {
	d := newDesk(t, standard)
	d.tell("worse LATE; well LATE; 1h; worse MISSING; well OK")
	for n := range 30 {
		d.tell(fmt.Sprintf("warning%02d LATE", n))
	}
	d.pass(time.Hour)
	n := d.notices[len(d.notices)-1]
	if n.Changes[Opened] != 30 || n.Changes[Changed] != 1 || n.Changes[Closed] != 1 || len(n.Items) != listed {
		t.Fatalf("%v, %d items", n.Changes, len(n.Items))
	}
	if last := n.Items[listed-1]; last.Change != Changed || last.Incident.Subject.Group != "worse" || last.Told != backup.SeverityWarning {
		t.Errorf("the last item: %+v", last)
	}
}

// A receiver that groups by itself gets all, in notices of a bounded size.
func TestEach(t *testing.T) {
	d := newDesk(t, Timing{Wait: 30 * time.Second, Interval: time.Hour, Repeat: time.Hour, Each: 64})
	d.seen = crowd(t, 150)
	d.pass(10 * time.Hour)
	open := d.notices
	d.seen = over(t, d.seen, d.now)
	d.pass(10 * time.Hour)
	if len(open) != 3 || len(d.notices) != 6 {
		t.Fatalf("%d notices, then %d", len(open), len(d.notices))
	}
	told := map[string]Change{}
	for at, n := range d.notices {
		want := []int{64, 64, 22}[at%3]
		if len(n.Items) != want || n.Total() != want {
			t.Errorf("notice %d has %d items of %d", at, len(n.Items), n.Total())
		}
		if wait := n.At.Sub(night) % time.Hour; wait != 30*time.Second {
			t.Errorf("notice %d after %v", at, wait)
		}
		for _, item := range n.Items {
			told[fmt.Sprint(item.Incident.Subject, item.Change)] = item.Change
		}
	}
	if len(told) != 300 || d.notices[5].Kind != Resolved || d.notices[4].Kind != Problem || len(d.group.Told) != 0 {
		t.Errorf("told of %d, kinds %v and %v, %d still known", len(told), d.notices[4].Kind, d.notices[5].Kind, len(d.group.Told))
	}
	if worst := d.notices[0].Items[14]; worst.Incident.State != backup.Missing || d.notices[0].Items[15].Incident.State != backup.Late {
		t.Errorf("the worst don't come first: %+v", worst)
	}
}

// A group that is full tells of others as room is made, and waits for it in peace.
func TestFullGroup(t *testing.T) {
	for _, each := range []int{0, 7_000} {
		t.Run(fmt.Sprint("each ", each), func(t *testing.T) {
			d := newDesk(t, Timing{Wait: 30 * time.Second, Interval: 5 * time.Minute, Repeat: backup.Day, Each: each})
			d.seen = crowd(t, maxTold+5)
			for due := d.group.Due(d.seen, d.timing, d.now); !due.IsZero() && due.Before(night.Add(time.Hour)); {
				if d.now = later(d.now, due); len(d.notices) > maxTold/listed {
					t.Fatal("it doesn't end")
				}
				d.write()
				due = d.group.Due(d.seen, d.timing, d.now)
			}
			if told := total(d.notices); told != maxTold || len(d.group.Told) != maxTold {
				t.Fatalf("told of %d, %d known", told, len(d.group.Told))
			}
			d.notices, d.now = nil, night.Add(time.Hour)
			for n := range d.seen { // the worst of those that were told
				if d.seen[n].State == backup.Missing && len(over(t, d.seen[n:n+1], d.now)) == 1 {
					copy(d.seen[n:], over(t, d.seen[n:n+1], d.now))
					break
				}
			}
			d.pass(time.Hour)
			closed, opened := 0, 0
			for _, n := range d.notices {
				closed, opened = closed+n.Changes[Closed], opened+n.Changes[Opened]
			}
			if closed != 1 || opened != 1 || len(d.group.Told) != maxTold {
				t.Errorf("%d closed, %d opened, %d known", closed, opened, len(d.group.Told))
			}
		})
	}
}

func total(notices []Notice) int {
	told := 0
	for _, n := range notices {
		told += n.Total()
	}
	return told
}

// Write keeps to Due by itself: whoever calls it early, late or twice does no harm.
func TestWriteKeepsToDue(t *testing.T) {
	told := newDesk(t, standard)
	told.tell("a LATE; 1h")
	two := newDesk(t, standard)
	two.tell("a LATE; 1m; b LATE")
	away := newDesk(t, standard)
	away.tell("down; a LATE; 1h; b LATE; a MISSING; silence a; 1h")
	cases := []struct {
		name  string
		desk  *desk
		after time.Duration
		want  uint64 // notices written in all
	}{
		{"before the repeat interval", told, 0, 1},
		{"just before it", told, 23*time.Hour + 29*time.Second, 1},
		{"after it", told, 23*time.Hour + 30*time.Second, 2},
		{"before the interval", two, 0, 1},
		{"after it", two, 5 * time.Minute, 2},
		{"while one is on its way", away, 100 * time.Hour, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := c.desk
			got := d.group.Write(d.seen, d.timing, d.now.Add(c.after))
			if got.Written != c.want || (c.want == d.group.Written) != reflect.DeepEqual(got, d.group) {
				t.Errorf("%d written, %d before", got.Written, d.group.Written)
			}
			if due := d.group.Due(d.seen, d.timing, d.now); c.want > 1 && due.After(d.now.Add(c.after)) {
				t.Errorf("due at %v only", due)
			}
		})
	}
	if due := away.group.Due(away.seen, standard, away.now); !due.IsZero() {
		t.Errorf("with one on its way the next is due at %v", due)
	}
}

// No setting makes a reminder come before the interval is over.
func TestRepeatKeepsTheInterval(t *testing.T) {
	d := newDesk(t, Timing{Wait: time.Second, Interval: time.Hour, Repeat: time.Minute})
	d.tell("a LATE; 150m")
	want := []string{"1s problem: opened a; 1 open, warning", "1h0m1s reminder: continues a; 1 open, warning", "2h0m1s reminder: continues a; 1 open, warning"}
	if diff := cmp.Diff(want, d.log); diff != "" {
		t.Error(diff)
	}
}

// What has left the group for another one doesn't count here any more.
func TestLeftTheGroup(t *testing.T) {
	d := newDesk(t, standard)
	d.tell("left MISSING; a LATE; 1h")
	d.seen = d.seen[1:]
	d.tell("a MISSING; 1h; a LATE; 1h; a OK; 1h")
	want := []string{
		"30s problem: opened left a; 2 open, critical", "1h0m30s problem: changed a; 1 open, critical",
		"2h0m30s problem: changed a; 1 open, warning", "3h0m30s resolved: closed a; 0 open, ok",
	}
	if diff := cmp.Diff(want, d.log); diff != "" {
		t.Error(diff)
	}
}

// News that has vanished until a notice is written makes no reminder of it.
func TestVanishedNews(t *testing.T) {
	d := newDesk(t, standard)
	d.tell("a LATE; 1h; b LATE")
	due := d.group.Due(d.seen, d.timing, d.now)
	d.tell("b OK")
	if got := d.group.Write(d.seen, d.timing, due); got.Pending != nil || !got.Same(d.group) {
		t.Errorf("written: %+v", got.Pending)
	}
}

// Groups share no memory: who lost the race for the record has done no harm.
func TestWriteKeepsTheOld(t *testing.T) {
	d := newDesk(t, standard)
	d.tell("a LATE; b LATE; c LATE; 1h; a MISSING; b OK; silence c; d LATE")
	before, told, seen := d.group, maps.Clone(d.group.Told), slices.Clone(d.seen)
	at := d.now.Add(time.Minute)
	first, second := d.group.Write(d.seen, d.timing, at), d.group.Write(d.seen, d.timing, at)
	if first.Pending == nil || !maps.Equal(before.Told, told) || !reflect.DeepEqual(seen, d.seen) {
		t.Errorf("pending %v, told %v before %v", first.Pending, before.Told, told)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error("two writers differ:", diff)
	}
	if muted := d.group.Write(d.seen, d.timing, d.now); muted.Pending != nil || !maps.Equal(before.Told, told) || maps.Equal(muted.Told, told) {
		t.Errorf("muting only: %+v, told before %v", muted, before.Told)
	}
}

// What a notice is of is what the group is of.
func TestNoticeOfAGroup(t *testing.T) {
	d := newDesk(t, standard)
	d.tell("down; a LATE; 1h")
	d.group.Delivery = Delivery{Owner: "n1", Attempts: 3, LastError: "refused"}
	n := d.group.Pending
	if n.Receiver != "ops" || !maps.Equal(n.Group, d.group.By) || !n.At.Equal(night.Add(30*time.Second)) || n.Digest != nil {
		t.Errorf("%+v", n)
	}
	if d.group.WrittenAt != n.At || d.group.Written != 1 {
		t.Errorf("%d written, the last at %v", d.group.Written, d.group.WrittenAt)
	}
	d.tell("a MISSING")
	d.group.Pending = nil
	d.pass(time.Hour)
	if d.group.Written != 2 || d.group.Delivery != (Delivery{}) {
		t.Errorf("the next one begins with %+v", d.group.Delivery)
	}
}

// An ID is of one notice of one group, also when the group was forgotten meanwhile;
// and whoever writes the notice gives it the same.
func TestNoticeIDs(t *testing.T) {
	ids := map[string]string{}
	for _, receiver := range []string{"ops", "chat"} {
		for _, disk := range []string{"db", "web"} {
			for life := range 3 {
				d := newDesk(t, standard)
				d.group.Receiver, d.group.By = receiver, map[string]string{"disk": disk}
				d.now = night.Add(time.Duration(life) * 100 * time.Hour)
				d.tell("a LATE; 1h; a MISSING; 1h; a OK; 1h")
				for _, n := range d.notices {
					of := fmt.Sprint(receiver, disk, life, n.At)
					if other, taken := ids[n.ID]; taken {
						t.Errorf("%s and %s have the ID %s", of, other, n.ID)
					}
					ids[n.ID] = of
				}
			}
		}
	}
	if len(ids) != 2*2*3*3 {
		t.Errorf("%d IDs", len(ids))
	}
}

func TestIsNews(t *testing.T) {
	d := newDesk(t, standard)
	d.tell("a LATE; b LATE; c LATE; 1h; b OK; silence c; d LATE; e OK; unroute f; f LATE")
	var news string
	for _, s := range d.seen {
		if d.group.IsNews(s) {
			news += s.Subject.Group
		}
	}
	if news != "bcd" {
		t.Errorf("news of %q", news)
	}
}

func TestWriteDigest(t *testing.T) {
	g := Group{Receiver: "ops"}
	at := night.Add(time.Second)
	bad := []Incident{{Severity: backup.SeverityCritical}, {Severity: backup.SeverityWarning}}
	first := g.WriteDigest(Digest{Open: 7, Recovered: 2, Bad: bad}, night, at)
	n := first.Pending
	if n.Kind != KindDigest || n.Open != 7 || n.Severity != backup.SeverityCritical || n.Digest.Recovered != 2 || n.At != at || first.DigestAt != night || n.ID == "" || first.Same(g) {
		t.Errorf("%+v of %+v", n, first)
	}
	if second := first.WriteDigest(Digest{Open: 1}, night.Add(backup.Day), at.Add(backup.Day)); !reflect.DeepEqual(second, first) {
		t.Errorf("one on its way is lost: %+v", second)
	}
	first.Pending = nil
	if second := first.WriteDigest(Digest{}, night.Add(backup.Day), at.Add(backup.Day)); second.Pending.ID == n.ID || second.Written != 2 {
		t.Errorf("%+v", second.Pending)
	}
}

func TestSame(t *testing.T) {
	d := newDesk(t, standard)
	d.tell("down; a LATE; 1h")
	sent := d.group
	sent.Pending, sent.Delivery.Attempts = nil, 4
	muted := sent.mute([]uint64{Key(dumps("a"))})
	next := sent
	next.Written++
	if !sent.Same(d.group) || muted.Same(sent) || next.Same(sent) {
		t.Errorf("delivered %v, muted %v, written %v", sent.Same(d.group), muted.Same(sent), next.Same(sent))
	}
}
