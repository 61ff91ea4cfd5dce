package notifier_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/notifier"
)

// storm is a world in which everything goes wrong: notifiers are killed in the middle
// of whatever they do, NATS is gone for a while, answers are lost, statuses come
// again, receivers are slow and fail.
type storm struct {
	*world
	random *rand.Rand
	mu     sync.Mutex
	// out is until when NATS is gone.
	out time.Time
	// carried are the processes that handed a notice over, by receiver and id.
	carried map[string][]*process
	alive   []func(kill bool)
	states  map[string]backup.State
}

func newStorm(t *testing.T, seed uint64) *storm {
	return &storm{
		world: newWorld(t, "ops", "chat"), random: rand.New(rand.NewPCG(seed, 1)),
		carried: map[string][]*process{}, states: map[string]backup.State{},
	}
}

// below is a random number; several goroutines draw.
func (s *storm) below(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.random.IntN(n)
}

// courier sends for one process.
type courier struct {
	storm *storm
	line  *process
	name  string
}

var errBusy = errors.New("busy")

func (c courier) Send(ctx context.Context, n incident.Notice) error {
	time.Sleep(time.Duration(c.storm.below(8000)) * time.Millisecond) //nolint:forbidigo // a slow receiver, in a bubble
	if c.line.dead.Load() || c.storm.below(6) == 0 {
		return errBusy
	}
	if err := c.storm.posts[c.name].Send(ctx, n); err != nil {
		return err
	}
	c.storm.mu.Lock()
	key := c.name + " " + n.ID
	c.storm.carried[key] = append(c.storm.carried[key], c.line)
	c.storm.mu.Unlock()
	time.Sleep(time.Duration(c.storm.below(3000)) * time.Millisecond) //nolint:forbidigo // the answer takes its time
	return nil
}

// begin starts a notifier whose requests are slow, and at times lost.
func (s *storm) begin() { s.join(40) }

// join starts a notifier that loses one request in so many.
func (s *storm) join(lost int) {
	line := &process{memory: s.memory}
	line.trouble = func(bool) error {
		time.Sleep(time.Duration(s.below(20)) * time.Millisecond) //nolint:forbidigo // a slow network, in a bubble
		s.mu.Lock()
		out := time.Now().Before(s.out)
		s.mu.Unlock()
		if out || s.below(lost) == 0 {
			return errCut
		}
		return nil
	}
	line.lag = func() {
		if s.below(4) == 0 {
			time.Sleep(time.Duration(s.below(40)) * time.Second) //nolint:forbidigo // news that travels slowly, in a bubble
		}
	}
	config := s.config
	config.Receivers = nil
	for _, r := range s.config.Receivers {
		r.Sender = courier{s, line, r.Name}
		config.Receivers = append(config.Receivers, r)
	}
	service, err := notifier.New(config, line, s.logger())
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan error, 1)
	go func() { done <- service.Run(ctx) }()
	s.alive = append(s.alive, func(kill bool) {
		line.dead.Store(kill)
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("the notifier ended with %v", err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if time.Now().Before(s.out) { // it could not record what it did, and is no more
			line.dead.Store(true)
		}
	})
}

// act does one thing to the world.
func (s *storm) act() {
	switch s.below(10) {
	case 0: // one dies, another one comes
		i := s.below(len(s.alive))
		s.alive[i](s.below(4) > 0)
		s.alive = append(s.alive[:i], s.alive[i+1:]...)
		s.begin()
	case 1: // NATS goes
		s.mu.Lock()
		s.out = time.Now().Add(time.Duration(s.random.IntN(150)) * time.Second)
		s.mu.Unlock()
	case 2: // old events come again
		s.memory.mu.Lock()
		var old []bus.StatusJob
		for _, e := range s.memory.past {
			if s.below(3) == 0 {
				old = append(old, e)
			}
		}
		s.memory.mu.Unlock()
		s.memory.redeliver(old...)
	case 3, 4: // changes so close to each other that they are in work together
		group := fmt.Sprint(s.below(4))
		for range 2 + s.below(3) {
			s.publish(group)
			pass(time.Duration(s.below(30)) * time.Millisecond)
		}
	default:
		s.publish(fmt.Sprint(s.below(4)))
	}
}

// publish gives a series another state.
func (s *storm) publish(group string) {
	state := []backup.State{backup.OK, backup.OK, backup.Late, backup.Missing, backup.Due}[s.below(5)]
	s.states[group] = state
	s.memory.publish(series("db", group, state))
}

func TestStorm(t *testing.T) {
	worlds := 40
	if testing.Short() {
		worlds = 10
	}
	duplicates, notices := 0, 0
	for seed := range worlds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStorm(t, uint64(seed))
				s.begin()
				s.begin()
				for range 60 {
					s.act()
					pass(time.Duration(s.below(240)) * time.Second)
				}
				pass(12 * time.Hour) // calm
				s.check(t)
				d, n := s.count(t)
				duplicates += d
				notices += n
				for _, end := range s.alive {
					end(false)
				}
			})
		})
	}
	t.Logf("%d notices, %d of them twice, each of these by a process that was killed", notices, duplicates)
}

// check compares what the receivers know with what is.
func (s *storm) check(t *testing.T) {
	for name, p := range s.posts {
		known := map[string]backup.State{}
		seen := map[string]bool{}
		for _, n := range p.got {
			if seen[n.ID] {
				continue // a receiver can tell
			}
			seen[n.ID] = true
			for _, item := range n.Items {
				group := item.Incident.Subject.Group
				_, had := known[group]
				switch item.Change {
				case incident.Opened:
					if had {
						t.Errorf("%s was told twice that %s is bad", name, group)
					}
					known[group] = item.Incident.State
				case incident.Changed, incident.Continues:
					if !had {
						t.Errorf("%s was told that %s goes on, and knows nothing of it", name, group)
					}
					known[group] = item.Incident.State
				case incident.Flaps:
					known[group] = backup.StateUnspecified
				case incident.Closed:
					if !had {
						t.Errorf("%s was told that %s is over, and knows nothing of it", name, group)
					}
					delete(known, group)
				case incident.ChangeUnspecified:
				}
			}
		}
		s.compare(t, name, known)
	}
}

// compare looks at the end: what is bad is known, what is well is not.
func (s *storm) compare(t *testing.T, name string, known map[string]backup.State) {
	for group, state := range s.states {
		told, ok := known[group]
		switch {
		case ok && told == backup.StateUnspecified: // flapping: only digests tell
		case state.Severity() > backup.SeverityOK && (!ok || told != state):
			t.Errorf("%s is %s, but %s was told %s", group, state, name, told)
		case state == backup.OK && ok:
			t.Errorf("%s is well, but %s was told %s", group, name, told)
		}
	}
}

// count counts notices, and those that were sent twice: each time the first sender
// must have died.
func (s *storm) count(t *testing.T) (duplicates, notices int) {
	for key, lines := range s.carried {
		notices++
		for _, line := range lines[:len(lines)-1] {
			duplicates++
			if !line.dead.Load() {
				t.Errorf("%s was sent twice, and the first sender lives", key)
			}
		}
	}
	return duplicates, notices
}

// TestNATSIsGoneWhenTheAnswerComes lets the sender alive and without NATS for longer
// than its claim: the others, who come back at the same time, must not send again.
func TestNATSIsGoneWhenTheAnswerComes(t *testing.T) {
	for offset := range 60 {
		synctest.Test(t, func(t *testing.T) {
			s := newStorm(t, uint64(offset))
			for name, p := range s.posts {
				p.answer = func(incident.Notice) error {
					if name == "ops" {
						s.mu.Lock()
						s.out = time.Now().Add(2*time.Minute + time.Duration(offset)*50*time.Millisecond)
						s.mu.Unlock()
					}
					return nil
				}
			}
			for range 4 {
				s.join(1 << 30)
			}
			pass(10 * time.Minute)
			s.memory.publish(series("db", "a", backup.Late))
			pass(time.Hour)
			s.expect("ops", "problem 1 opened")
			for _, end := range s.alive {
				end(false)
			}
		})
	}
}
