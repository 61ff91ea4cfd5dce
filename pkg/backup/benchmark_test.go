package backup

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkAdd is the cost of one file of a sorted listing: a million files in
// 1,000 series, with and without a time in the name and with and without purging.
func BenchmarkAdd(b *testing.B) {
	const series, perSeries = 1000, 1000
	var files []File
	for s := range series {
		for i := range perSeries {
			at := noon.Add(time.Duration(i-perSeries) * time.Hour)
			files = append(files, file(fmt.Sprintf("tenant%04d/dump-%s.tar.gz", s, at.Format("20060102-150405")), at, 1<<20+int64(i)))
		}
	}
	for name, edit := range map[string]func(*Rule){
		"watch": func(*Rule) {},
		"purge": func(r *Rule) { r.Retention = Retention{Purge: true}.WithDefaults() },
		"keep":  func(r *Rule) { r.Retention = Retention{Purge: true, Keep: Keep{Daily: 7, Weekly: 4, Monthly: 12}} },
	} {
		plan := NewPlan(newDefinition(newDirectory("db/{{tenant}}", newRule("dump-%Y%M%D-%h%m%s.tar.gz", edit))))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var e *Evaluation
			for i := range b.N {
				if i%len(files) == 0 {
					e = plan.Evaluation(noon)
				}
				e.Add(files[i%len(files)])
			}
			e.Finish("env", "disk", nil)
		})
	}
}
