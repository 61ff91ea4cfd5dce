package incident

import (
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// BenchmarkGroup is the cost of looking at a group of 10,000 incidents: when all are
// new, when nothing is, and when all are over.
func BenchmarkGroup(b *testing.B) {
	seen := crowd(b, 10_000)
	at := night.Add(time.Hour)
	told := Group{Receiver: "ops"}.Write(seen, standard, at)
	told.Pending = nil
	cases := []struct {
		name  string
		group Group
		seen  []Seen
		now   time.Time
	}{
		{"new", Group{Receiver: "ops"}, seen, at},
		{"known", told, seen, at.Add(time.Hour)},
		{"repeated", told, seen, at.Add(backup.Day)},
		{"over", told, over(b, seen, at), at.Add(time.Hour)},
	}
	for _, c := range cases {
		b.Run("due/"+c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.group.Due(c.seen, standard, c.now)
			}
		})
		b.Run("write/"+c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.group.Write(c.seen, standard, c.now)
			}
		})
	}
}

// BenchmarkApply is the cost of one status: of a series that is well, and of one that
// is not.
func BenchmarkApply(b *testing.B) {
	for _, what := range []string{"OK", "LATE"} {
		b.Run(what, func(b *testing.B) {
			o := saw(b, dumps("a"), 2, night.Add(time.Hour), what)
			o.Facts.Schedule, o.Facts.Timezone = "0 3 * * *", "Europe/Berlin"
			i, _ := Incident{}.Apply(saw(b, dumps("a"), 1, night, what))
			b.ReportAllocs()
			for b.Loop() {
				i.Apply(o)
			}
		})
	}
}
