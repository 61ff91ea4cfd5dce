package notifier_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/notifier"
)

// post is a receiver that keeps what it gets.
type post struct {
	mu  sync.Mutex
	got []incident.Notice
	// answer decides what a sender hears; nil: all is well.
	answer func(n incident.Notice) error
}

func (p *post) Send(ctx context.Context, n incident.Notice) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.answer != nil {
		if err := p.answer(n); err != nil {
			return err
		}
	}
	p.got = append(p.got, n)
	return ctx.Err()
}

// down makes the receiver fail until an instant.
func (p *post) down(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = func(incident.Notice) error {
		if time.Now().Before(until) {
			return errors.New("connection refused")
		}
		return nil
	}
}

// letters says what came, in short: "problem 2 opened", "resolved 2 closed".
func (p *post) letters() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, n := range p.got {
		out = append(out, letter(n))
	}
	return out
}

func letter(n incident.Notice) string {
	text := n.Kind.String()
	for _, change := range incident.Changes() {
		if count := n.Changes[change]; count > 0 {
			text += fmt.Sprintf(" %d %s", count, change)
		}
	}
	return text
}

// timing of the tests: as by default.
const (
	wait     = 30 * time.Second
	interval = 5 * time.Minute
	repeat   = 24 * time.Hour
	giveUp   = 24 * time.Hour
)

// world is a NATS in memory, and who is told.
type world struct {
	t      *testing.T
	memory *memory
	posts  map[string]*post
	config notifier.Config
	log    *zap.Logger // nil: as the flags of the tests say
	ends   []func()
}

// newWorld is a world with some receivers, all of which are told everything.
func newWorld(t *testing.T, receivers ...string) *world {
	w := &world{t: t, memory: newMemory(), posts: map[string]*post{}, config: notifier.Config{
		GroupBy: []string{"env", "disk"}, Wait: wait, Interval: interval, Repeat: repeat, GiveUp: giveUp,
	}}
	for _, name := range receivers {
		p := &post{}
		w.posts[name] = p
		w.config.Receivers = append(w.config.Receivers, notifier.Receiver{Name: name, Sender: p, Timeout: 15 * time.Second})
	}
	return w
}

// start starts a notifier, and returns how to end it: gently, or by killing it.
func (w *world) start() (line *process, end func(kill bool)) {
	w.t.Helper()
	return w.startOn(&process{memory: w.memory})
}

// startOn starts a notifier on a line of its own.
func (w *world) startOn(line *process) (*process, func(kill bool)) {
	w.t.Helper()
	service, err := notifier.New(w.config, line, w.logger())
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() { done <- service.Run(ctx) }()
	once := sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("the notifier ended with %v", err)
		}
	})
	w.ends = append(w.ends, once)
	return line, func(kill bool) {
		if kill {
			line.dead.Store(true)
		}
		once()
	}
}

func (w *world) logger() *zap.Logger {
	if w.log != nil {
		return w.log
	}
	if testing.Verbose() {
		return zaptest.NewLogger(w.t)
	}
	return zap.NewNop()
}

// unheard tells of each group whether its last notice was given up.
func (w *world) unheard() []bool {
	w.memory.mu.Lock()
	defer w.memory.mu.Unlock()
	var all []bool
	for _, e := range w.memory.groups.entries {
		all = append(all, e.Value.GetUnheard())
	}
	return all
}

// close ends all notifiers.
func (w *world) close() {
	for _, end := range w.ends {
		end()
	}
}

// expect compares what a receiver got so far.
func (w *world) expect(receiver string, want ...string) {
	w.t.Helper()
	if got := w.posts[receiver].letters(); !slices.Equal(got, want) {
		w.t.Errorf("%s got\n  %s\nwant\n  %s", receiver, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// series is a series' status now.
func series(disk, group string, state backup.State) backup.Status {
	now := time.Now()
	s := backup.Status{
		Series: backup.SeriesID{Environment: "prod", Disk: disk, Directory: "postgres", File: "nightly", Group: group},
		State:  state, Severity: state.Severity(), Since: now, EvaluatedAt: now,
		Policy: backup.Policy{Schedule: "0 2 * * *", Timezone: "UTC", Labels: map[string]string{"team": "db"}},
	}
	if s.Severity > backup.SeverityOK {
		s.Reasons = []backup.Reason{{Code: state.String(), Text: "expected a backup"}}
	}
	return s
}

// unseenDisk is the status of a disk that can't be listed, wellDisk that of one that can.
func unseenDisk(name string) *backmonv1.DiskStatus {
	d := wellDisk(name)
	d.Error, d.ErrorKind, d.FailingSince = "access denied", backmonv1.ErrorKind_ERROR_KIND_ACCESS_DENIED, d.GetEvaluatedAt()
	return d
}

func wellDisk(name string) *backmonv1.DiskStatus {
	return &backmonv1.DiskStatus{Environment: "prod", Disk: name, EvaluatedAt: timestamppb.Now(), DefinitionSound: true}
}
