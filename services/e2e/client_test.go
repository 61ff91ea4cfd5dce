package e2e_test

import (
	"slices"
	"testing"

	"github.com/backmon/backmon/pkg/client"
)

// TestWatchGivesTheLastOfEachThenChanges subscribes from outside, over a restart
// of the NATS server.
func TestWatchGivesTheLastOfEachThenChanges(t *testing.T) {
	t.Parallel()
	server := startNATS(t)
	disk := newFolder(t, perTenant, "db/a/dump-1.sql", "db/b/dump-1.sql")
	s := newSettings(t, "1s")
	s.nats = server.URL
	s.environments["office"] = folder(disk)
	start(t, s.write(t), "run").address(t)
	early := follow(t, server.URL)
	early.state(t, "office "+disk+" db/a", ok)
	lay(t, disk, "db/a/dump-2.sql") // so that there is a past that isn't told
	early.until(t, "the second file", func() bool {
		return early.series["office "+disk+" db/a"].Backup.GetFiles().GetCount() == 2
	})

	watch := follow(t, server.URL)
	watch.until(t, "the end of the replay", func() bool {
		return slices.ContainsFunc(watch.events, func(e client.Event) bool { return e.Kind == client.Current })
	})
	checkReplay(t, watch, map[string]int64{"db/a": 2, "db/b": 1})

	lay(t, disk, "db/a/dump-3.sql")
	watch.until(t, "a change", func() bool {
		return watch.series["office "+disk+" db/a"].Backup.GetFiles().GetCount() == 3
	})
	server.restart(t)
	lay(t, disk, "db/c/dump-1.sql")
	watch.state(t, "office "+disk+" db/c", ok)
	checkOrder(t, watch)
}

// checkReplay checks that each series came once before Current, with its last status.
func checkReplay(t *testing.T, f *follower, want map[string]int64) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	got := map[string]int64{}
	for _, event := range f.events {
		if event.Kind == client.Current {
			break
		}
		if !event.Replayed {
			t.Errorf("message %d came before the end of the replay as a change", event.Sequence)
		}
		if event.Kind != client.Backup {
			continue
		}
		group := string(event.Backup.GetSeries().GetGroup())
		if _, twice := got[group]; twice {
			t.Errorf("%s was replayed twice", group)
		}
		got[group] = event.Backup.GetFiles().GetCount()
	}
	for group, count := range want {
		if got[group] != count {
			t.Errorf("%s was replayed with %d files, want %d", group, got[group], count)
		}
	}
}

// checkOrder checks that every change came once and in order, in one go.
func checkOrder(t *testing.T, f *follower) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	var last uint64
	for _, event := range f.events {
		switch {
		case event.Kind == client.Reset:
			t.Error("the watch began anew: changes may have been missed")
		case event.Kind != client.Current && event.Sequence <= last:
			t.Errorf("message %d came after %d", event.Sequence, last)
		}
		last = max(last, event.Sequence)
	}
}
