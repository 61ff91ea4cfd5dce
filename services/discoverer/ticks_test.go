package discoverer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/services/discoverer"
)

// Two discoverers that start at different times must tick together: the slot and
// the message id are those of the clock, not of the start.
func TestTicksAreAligned(t *testing.T) {
	work(t, func(b *fakeBus) {
		pass(17 * time.Minute)
		b.current()
		pass(time.Second)
		all := b.take()
		pass(2 * time.Hour)
		all = append(all, b.take()...)
		var got []string
		for _, r := range all {
			got = append(got, fmt.Sprint(r.at.Format(time.TimeOnly), " ", r.meant.Format(time.TimeOnly), " ", r.trigger, " ", r.id))
		}
		slot := time.Now().Truncate(time.Hour).Add(-2 * time.Hour)
		line := func(at string, n int) string {
			s := slot.Add(time.Duration(n) * time.Hour)
			return fmt.Sprint(at, " ", s.UTC().Format(time.TimeOnly), " TRIGGER_TICK aws/db/", s.UnixNano())
		}
		equal(t, "requests", got, []string{line("00:17:00", 0), line("01:00:00", 1), line("02:00:00", 2)})
	}, environment("aws", &fakeProvider{disks: []string{"db"}}))
}

// Before the known disks are replayed nobody can tell what has vanished.
func TestNoTickBeforeTheReplay(t *testing.T) {
	work(t, func(b *fakeBus) {
		pass(3 * time.Hour)
		equal(t, "before the replay", b.takeNames(), nil)
		b.current()
		pass(0)
		equal(t, "after it", b.takeNames(), []string{"aws/db"})
	}, environment("aws", &fakeProvider{disks: []string{"db"}}))
}

func TestWhichDisks(t *testing.T) {
	only := func(names ...string) func(string) bool {
		return func(d string) bool { return strings.Contains(strings.Join(names, " "), d) }
	}
	for _, c := range []struct {
		name        string
		environment discoverer.Environment
		known, want []string
	}{
		{"all", discoverer.Environment{Name: "aws", Provider: &fakeProvider{disks: []string{"b", "a"}}, Includes: every}, nil, []string{"aws/a", "aws/b"}},
		{"each once", discoverer.Environment{Name: "aws", Provider: &fakeProvider{disks: []string{"a", "a"}}, Includes: every}, nil, []string{"aws/a"}},
		{"excluded", discoverer.Environment{Name: "aws", Provider: &fakeProvider{disks: []string{"a", "b"}}, Includes: only("b")}, nil, []string{"aws/b"}},
		{
			"ignored", discoverer.Environment{Name: "aws", Includes: every, Provider: &fakeProvider{
				disks: []string{"a", "b", "c"}, ignored: map[string]error{"a": nil, "b": storage.ErrTooLarge, "c": storage.ErrAccessDenied},
			}}, nil, []string{"aws/c"},
		},
		{
			"by name only",
			discoverer.Environment{Name: "aws", Includes: every, OnlyNames: true, Names: []string{"n"}, Provider: &fakeProvider{disks: []string{"a"}}},
			nil,
			[]string{"aws/n"},
		},
		{
			"may not list: those named and those known", discoverer.Environment{
				Name: "aws", Includes: every, Names: []string{"n"}, Provider: &fakeProvider{err: storage.ErrAccessDenied},
			}, []string{"k"}, []string{"aws/k", "aws/n"},
		},
		{
			"can't list: those known, and not what is excluded now", discoverer.Environment{
				Name: "aws", Includes: only("k"), Provider: &fakeProvider{err: errors.New("no route")},
			}, []string{"k", "x"}, []string{"aws/k"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			work(t, func(b *fakeBus) {
				for _, k := range c.known {
					b.say("aws/"+k, time.Now(), time.Time{})
				}
				b.current()
				pass(0)
				equal(t, "asked for", b.takeNames(), c.want)
			}, c.environment)
		})
	}
}

// An environment that can't be reached holds no other up.
func TestEnvironmentsAreApart(t *testing.T) {
	work(t, func(b *fakeBus) {
		b.current()
		pass(0)
		equal(t, "asked for", b.takeNames(), []string{"here/db", "there/db"})
	}, environment("down", &fakeProvider{err: errors.New("no route")}),
		environment("here", &fakeProvider{disks: []string{"db"}}), environment("there", &fakeProvider{disks: []string{"db"}}))
}

func TestNewDisksAreFoundAtTheNextTick(t *testing.T) {
	p := &fakeProvider{disks: []string{"a"}}
	work(t, func(b *fakeBus) {
		b.current()
		pass(time.Minute)
		b.take()
		p.set(nil, "a", "b")
		pass(time.Hour)
		equal(t, "asked for", b.takeNames(), []string{"aws/a", "aws/b"})
	}, environment("aws", p))
}

func TestConfigErrors(t *testing.T) {
	_, err := discoverer.New(discoverer.Config{Interval: time.Millisecond}, newFakeBus(), zap.NewNop())
	for _, want := range []string{"interval 1ms is below 1s", "no environment"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// failingWatch is a bus whose stream is gone.
type failingWatch struct{ *fakeBus }

func (failingWatch) WatchStatuses(context.Context, bus.Filter, func(bus.Event) error) error {
	return errors.New("stream is gone")
}

func TestRunEndsWithTheWatch(t *testing.T) {
	service, err := discoverer.New(discoverer.Config{Interval: time.Hour, Environments: []discoverer.Environment{environment("aws", &fakeProvider{})}}, failingWatch{newFakeBus()}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	if err := service.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "stream is gone") {
		t.Errorf("error %v, want the watch's", err)
	}
}
