package bus_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// runsOf reads a series' history as the runs of its evaluations.
func runsOf(t *testing.T, b *bus.Bus, group string, since time.Time) []string {
	t.Helper()
	var runs []string
	for record, err := range b.History(patient(t), status("disk", group, nil).GetSeries(), since) {
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, record.Status.GetFence().GetRun())
	}
	return runs
}

func TestHistory(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		b := s.Connect(t, "evaluator")
		const statuses = 600 // more than are kept, and than two pages hold
		var last bus.Revision
		for i := range statuses {
			run := status("disk", "g", fence(uint64(i+1), 1, fmt.Sprint(i)))
			publishStatus(t, b, run, last, bus.Stored)
			if i%100 == 0 {
				publishStatus(t, b, status("disk", fmt.Sprint("g", i), nil), bus.Revision{}, bus.Stored)
			}
			last = bus.Revision{Sequence: must[bus.BackupRecord](t)(b.LastStatus(patient(t), run.GetSeries())).Sequence, Fence: run.GetFence()}
		}
		runs := runsOf(t, b, "g", time.Time{})
		if len(runs) != 500 {
			t.Fatalf("%d statuses, want 500", len(runs))
		}
		for i, run := range runs {
			if want := fmt.Sprint(statuses - 500 + i); run != want {
				t.Fatalf("status %d is of run %s, want %s", i, run, want)
			}
		}
		if runs := runsOf(t, b, "nobody", time.Time{}); len(runs) != 0 {
			t.Errorf("a series that never was has the history %q", runs)
		}
	})
}

func TestHistorySince(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "evaluator")
	var last bus.BackupRecord
	for i := range 3 {
		publishStatus(t, b, status("disk", "g", fence(uint64(i+1), 1, fmt.Sprint(i))), last.Revision(), bus.Stored)
		last = records(t, b, "disk")["g"]
	}
	if runs := runsOf(t, b, "g", last.Stored); fmt.Sprint(runs) != "[2]" {
		t.Errorf("since the last: %q", runs)
	}
	if runs := runsOf(t, b, "g", last.Stored.Add(time.Nanosecond)); len(runs) != 0 {
		t.Errorf("since after the last: %q", runs)
	}
}

// The end of a series is the end of its history too.
func TestHistoryEndsWithTheSeries(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "evaluator")
	publishStatus(t, b, status("disk", "g", fence(1, 1, "before")), bus.Revision{}, bus.Stored)
	publishStatus(t, b, gone("disk", "g", fence(2, 1, "end")), records(t, b, "disk")["g"].Revision(), bus.Stored)
	publishStatus(t, b, status("disk", "g", fence(3, 1, "after")), records(t, b, "disk")["g"].Revision(), bus.Stored)
	if runs := runsOf(t, b, "g", time.Time{}); fmt.Sprint(runs) != "[end after]" {
		t.Errorf("history %q", runs)
	}
}

func TestUnreadableHistory(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "evaluator")
	_, js := raw(t, s)
	publishStatus(t, b, status("disk", "g", fence(1, 1, "good")), bus.Revision{}, bus.Stored)
	if _, err := js.PublishMsg(patient(t), &nats.Msg{Subject: subjectOf("disk", "g"), Data: []byte{0xff}}); err != nil {
		t.Fatal(err)
	}
	publishStatus(t, b, status("disk", "g", fence(3, 1, "as well")), bus.Revision{Sequence: 2}, bus.Stored)
	var told []string
	for record, err := range b.History(patient(t), status("disk", "g", nil).GetSeries(), time.Time{}) {
		if err != nil {
			told = append(told, fmt.Sprint("unreadable ", record.Sequence))
			continue
		}
		told = append(told, record.Status.GetFence().GetRun())
	}
	if fmt.Sprint(told) != "[good unreadable 2 as well]" {
		t.Errorf("told %q", told)
	}
}

func TestNoHistoryWithoutAStream(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	if err := js.DeleteStream(patient(t), bus.StreamStatus); err != nil {
		t.Fatal(err)
	}
	b := s.ConnectWith(t, bus.Options{Name: "gateway", Patience: time.Millisecond})
	read := 0
	for _, err := range b.History(patient(t), new(backmonv1.SeriesId), time.Time{}) {
		wantMissing(t, err, "stream BACKMON_STATUS")
		read++
	}
	if read != 1 {
		t.Errorf("%d steps", read)
	}
}
