package wire_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

func (d dice) hold() backup.Hold {
	return backup.Hold{
		ID: d.name(), Environment: d.name(), Disk: d.name(), Directory: d.name(), File: d.name(), Group: d.group(),
		By: d.name(), Why: d.name(), Since: d.instant(), Until: d.instant(),
	}
}

func TestHoldRoundTrip(t *testing.T) {
	for seed := range uint64(500) {
		want := newDice(seed).hold()
		data, err := proto.Marshal(wire.Hold(want))
		if err != nil {
			t.Fatalf("seed %d: marshal: %v", seed, err)
		}
		m := new(backmonv1.Hold)
		if err := proto.Unmarshal(data, m); err != nil {
			t.Fatalf("seed %d: unmarshal: %v", seed, err)
		}
		if diff := cmp.Diff(want, wire.ParseHold(m)); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

// A hold without an end must not become one that has ended.
func TestHoldWithoutEnd(t *testing.T) {
	m := wire.Hold(backup.Hold{ID: "a"})
	if m.GetUntil() != nil || !wire.ParseHold(m).Until.IsZero() {
		t.Errorf("the end is %v", m.GetUntil())
	}
}

// Names that are no UTF-8 are changed on the wire, in the hold and in the series
// alike: it must still cover.
func TestHoldCoversOverTheWire(t *testing.T) {
	id := backup.SeriesID{Environment: "e\xff", Disk: "d\xff", Directory: "a\xfe", File: "f\xfe", Group: "g\xff"}
	h := backup.Hold{Environment: id.Environment, Disk: id.Disk, Directory: id.Directory, File: id.File, Group: id.Group}
	series := wire.ParseSeriesID(wire.SeriesID(id))
	if !wire.ParseHold(wire.Hold(h)).Covers(series) {
		t.Errorf("%+v does not cover %v", h, series)
	}
}
