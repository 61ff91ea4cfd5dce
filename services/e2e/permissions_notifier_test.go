package e2e_test

import (
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
)

// TestShippedRightsOfTheNotifier has it tell of a trouble and its end, and write a
// digest each second, with the user that deploy/nats/nats.conf has for it.
func TestShippedRightsOfTheNotifier(t *testing.T) {
	t.Parallel()
	r := newRights(t, nil)
	hook, got := startHook(t, atOnce)
	digests, _ := startHook(t, atOnce)
	r.more = object{"notifier": object{
		"group-wait": "0s", "group-interval": "1s",
		"receivers": []object{{"name": "hook", "webhook": object{"url": hook}}, {"name": "daily", "webhook": object{"url": digests}}},
		"routes":    []object{{"receiver": "hook"}},
		"digest":    object{"schedule": "* * * * * * *", "receivers": []string{"daily"}},
	}}
	p := r.start(t, "notifier")
	evaluator, reader := r.bus(t, "evaluator", bustest.Log(t)), r.bus(t, "notifier", bustest.Log(t))
	bad, well := statusOf("disk-1", backup.Late), statusOf("disk-1", backup.OK)
	if _, err := evaluator.PublishBackupStatus(t.Context(), bad, bus.Revision{}); err != nil {
		t.Fatal(err)
	}
	got.wait(t, "notice", "disk-1", false)
	last, err := reader.LastStatus(t.Context(), bad.GetSeries())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := evaluator.PublishBackupStatus(t.Context(), well, last.Revision()); err != nil {
		t.Fatal(err)
	}
	got.wait(t, "all-clear", "disk-1", true)
	p.journal.wait(t, "a notice was sent", `"kind":"digest"`)
	p.stop(t)
	if text := p.journal.text(); strings.Contains(text, bus.ErrForbidden.Error()) {
		t.Errorf("the notifier lacks a right:\n%s", text)
	}
}
