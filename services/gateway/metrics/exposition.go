package metrics

import (
	"io"

	"github.com/backmon/backmon/pkg/backup"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// Source is what an Exposition reads each time.
type Source interface {
	Series() []backup.Status
	Disks() []*backmonv1.DiskStatus
}

// Exposition turns statuses into Prometheus metrics at scrape time, so that nothing
// has to be kept in step: a series that ends takes its metrics along. It exports
// upstream's names with upstream's labels (plus env), and our own beside.
//
// It writes the text format itself: 10,000 series have 150,000 samples, and
// client_golang makes several objects of each.
type Exposition struct {
	source       Source
	environments int
	version      string
}

// New returns an exposition of a source. environments is the number of configured
// environments, version the program's.
func New(source Source, environments int, version string) *Exposition {
	return &Exposition{source: source, environments: environments, version: version}
}

// WriteText writes the metrics of the present state in Prometheus' text format. The
// error is the writer's.
func (e *Exposition) WriteText(w io.Writer) error {
	present := e.snapshot()
	t := newText(w)
	for _, f := range families {
		t.begin(&f)
		f.write(t, present)
	}
	return t.out.Flush()
}

// snapshot is the state at one time, with the labels' text of each row.
type snapshot struct {
	environments int
	version      string
	disks        []diskRow
	series       []seriesRow
}

type diskRow struct {
	*backmonv1.DiskStatus
	labels string
}

type seriesRow struct {
	*backup.Status
	rule, group string // labels: of the rule, and the group's with a comma before
	// opens says that it is the first of a rule that has been evaluated.
	opens bool
}

func (e *Exposition) snapshot() *snapshot {
	s := &snapshot{environments: e.environments, version: e.version}
	for _, d := range e.source.Disks() {
		s.disks = append(s.disks, diskRow{d, pair("disk", d.GetDisk()) + "," + pair("env", d.GetEnvironment())})
	}
	all := e.source.Series()
	s.series = make([]seriesRow, len(all))
	var last ruleID
	var opened bool
	labels := ""
	for i := range all {
		id := ruleOf(all[i].Series)
		if id != last || i == 0 {
			last, opened, labels = id, false, id.labels()
		}
		opens := !opened && evaluated(&all[i])
		opened = opened || opens
		s.series[i] = seriesRow{Status: &all[i], rule: labels, group: "," + pair("group", all[i].Series.Group), opens: opens}
	}
	return s
}

// ruleID names a file rule of a disk; series of one rule follow each other.
type ruleID struct{ environment, disk, directory, file string }

func ruleOf(id backup.SeriesID) ruleID {
	return ruleID{id.Environment, id.Disk, id.Directory, id.File}
}

func (r ruleID) labels() string {
	return pair("dir", r.directory) + "," + pair("disk", r.disk) + "," + pair("env", r.environment) + "," + pair("file", r.file)
}

// evaluated reports whether a series' rule has ever been in order: a broken one has
// no facts.
func evaluated(s *backup.Status) bool { return s.Policy.Timezone != "" }
