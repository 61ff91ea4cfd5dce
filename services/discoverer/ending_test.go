package discoverer_test

import (
	"errors"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/services/discoverer"
)

// ended are the tombstones of a disk with two live series.
func endedDisk(name string) []string {
	return []string{
		"series " + name + " one STATE_GONE after 11", "series " + name + " two STATE_GONE after 12",
		"disk " + name + " gone=true after 77",
	}
}

// know makes a disk known, with two live series and one that has ended before.
func know(b *fakeBus, name string) {
	b.hold(name, "one", 11, backup.OK)
	b.hold(name, "two", 12, backup.Missing)
	b.hold(name, "three", 13, backup.Gone)
	b.say(name, time.Now(), time.Time{})
}

func TestEnding(t *testing.T) {
	exclude := func(p *fakeProvider) discoverer.Environment {
		return discoverer.Environment{Name: "aws", Provider: p, Includes: func(d string) bool { return d != "old" }}
	}
	for _, c := range []struct {
		name        string
		environment discoverer.Environment
		known       string
		want        []string
	}{
		{"vanished", environment("aws", &fakeProvider{disks: []string{"db"}}), "aws/old", endedDisk("aws/old")},
		{"still there", environment("aws", &fakeProvider{disks: []string{"db", "old"}}), "aws/old", nil},
		{"excluded", exclude(&fakeProvider{disks: []string{"db", "old"}}), "aws/old", endedDisk("aws/old")},
		{"ignored", environment("aws", &fakeProvider{disks: []string{"old"}, ignored: map[string]error{"old": nil}}), "aws/old", endedDisk("aws/old")},
		{"environment is no longer configured", environment("aws", &fakeProvider{disks: []string{"db"}}), "before/db", endedDisk("before/db")},
		{"the last disk of all", environment("aws", &fakeProvider{}), "aws/old", endedDisk("aws/old")},
		{"may not list", environment("aws", &fakeProvider{err: storage.ErrAccessDenied}), "aws/old", nil},
		{"can't list", environment("aws", &fakeProvider{err: errors.New("no route")}), "aws/old", nil},
		{"excluded while it can't list", exclude(&fakeProvider{err: errors.New("no route")}), "aws/old", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			work(t, func(b *fakeBus) {
				know(b, c.known)
				b.current()
				pass(0)
				equal(t, "ended", b.takeEnded(), c.want)
			}, c.environment)
		})
	}
}

// The disk's own tombstone is the last, so that what failed is taken up again.
func TestEndingIsTakenUpAgain(t *testing.T) {
	work(t, func(b *fakeBus) {
		know(b, "aws/old")
		b.failing = errors.New("no answer")
		b.current()
		pass(time.Minute)
		equal(t, "while the bus fails", b.takeEnded(), nil)
		b.mu.Lock()
		b.failing = nil
		b.mu.Unlock()
		pass(time.Hour)
		equal(t, "at the next tick", b.takeEnded(), endedDisk("aws/old"))
	}, environment("aws", &fakeProvider{}))
}
