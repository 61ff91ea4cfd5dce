package gateway

import (
	"runtime"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/backmon/backmon/pkg/backup"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// Source is what a Collector reads at each scrape.
type Source interface {
	Series() []backup.Status
	Disks() []*backmonv1.DiskStatus
}

// Collector turns statuses into Prometheus metrics at scrape time, so that
// nothing has to be kept in step: a series that ends takes its metrics along. It
// exports upstream's names with upstream's labels (plus env), and our own beside.
type Collector struct {
	source       Source
	environments int
	version      string
}

// NewCollector returns a collector of a source. environments is the number of
// configured environments, version the program's.
func NewCollector(source Source, environments int, version string) *Collector {
	return &Collector{source: source, environments: environments, version: version}
}

// Describe sends nothing: the collector is unchecked, as the set of its metrics
// depends on the statuses.
func (c *Collector) Describe(chan<- *prometheus.Desc) {}

// Collect sends the metrics of the present state.
func (c *Collector) Collect(out chan<- prometheus.Metric) {
	emit := emitter{out: out}
	disks := c.source.Disks()
	emit.gauge(buildInfo, 1, c.version, runtime.Version())
	emit.gauge(environmentsTotal, float64(c.environments))
	emit.gauge(disksTotal, float64(len(disks)))
	for _, d := range disks {
		emit.disk(d)
	}
	var last ruleID
	for _, s := range c.source.Series() {
		if rule := ruleOf(s.Series); rule != last && s.Policy.Timezone != "" {
			emit.rule(s, rule)
			last = rule
		}
		emit.series(s)
	}
}

// ruleID names a file rule of a disk; series of one rule follow each other.
type ruleID struct{ environment, disk, directory, file string }

func ruleOf(id backup.SeriesID) ruleID {
	return ruleID{id.Environment, id.Disk, id.Directory, id.File}
}

// emitter sends samples.
type emitter struct{ out chan<- prometheus.Metric }

func (e emitter) gauge(d *prometheus.Desc, value float64, labels ...string) {
	for i, l := range labels {
		labels[i] = label(l)
	}
	e.out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

// instant sends a time in unix seconds; "never" has no sample.
func (e emitter) instant(d *prometheus.Desc, t time.Time, labels ...string) {
	if !t.IsZero() {
		e.gauge(d, float64(t.UnixNano())/1e9, labels...)
	}
}

// label makes a name fit for a label value: names of files need not be UTF-8,
// label values must be. Such names are shown quoted, with \x escapes.
func label(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	return strconv.Quote(name)
}

func (e emitter) disk(d *backmonv1.DiskStatus) {
	env, disk := d.GetEnvironment(), d.GetDisk()
	e.gauge(definitionStatus, number(d.GetDefinitionSound()), env, disk)
	if t := d.GetTotals(); t != nil {
		e.gauge(diskUsage, float64(t.GetBytes()), env, disk)
		e.gauge(fileCountTotal, float64(t.GetFiles()), env, disk)
		e.gauge(diskUnmatched, float64(t.GetUnmatchedFiles()), env, disk)
		e.gauge(diskAmbiguous, float64(d.GetAmbiguousFiles()), env, disk)
		if quota := t.GetQuotaBytes(); quota > 0 {
			e.gauge(diskQuota, float64(quota), env, disk)
		}
	}
	e.gauge(scanSuccess, number(d.GetErrorKind() == backmonv1.ErrorKind_ERROR_KIND_UNSPECIFIED), env, disk)
	e.gauge(scanDuration, d.GetCost().GetElapsed().AsDuration().Seconds(), env, disk)
	e.gauge(scanRequests, float64(d.GetCost().GetRequests()), env, disk)
	e.gauge(scanObjects, float64(d.GetCost().GetObjects()), env, disk)
	e.instant(scanTime, d.GetEvaluatedAt().AsTime(), env, disk)
	if t := d.GetSucceededAt(); t != nil {
		e.instant(scanSuccessTime, t.AsTime(), env, disk)
	}
	e.problems(d)
}

func (e emitter) problems(d *backmonv1.DiskStatus) {
	var warnings, errors int
	for _, p := range d.GetProblems() {
		if p.GetLevel() == backmonv1.ProblemLevel_PROBLEM_LEVEL_ERROR {
			errors++
		} else {
			warnings++
		}
	}
	e.gauge(definitionProblems, float64(errors), d.GetEnvironment(), d.GetDisk(), "error")
	e.gauge(definitionProblems, float64(warnings), d.GetEnvironment(), d.GetDisk(), "warning")
}

func (e emitter) rule(s backup.Status, r ruleID) {
	labels := []string{r.environment, r.disk, r.directory, r.file}
	e.gauge(fileCountMax, float64(s.Policy.RetentionCount), labels...)
	e.gauge(fileAgeMax, s.Policy.RetentionAge.Seconds(), labels...)
	e.instant(expectedAt, s.Slot.Previous, labels...)
}

func (e emitter) series(s backup.Status) {
	id := s.Series
	labels := []string{id.Environment, id.Disk, id.Directory, id.File, id.Group}
	with := func(l string) []string { return append(labels[:len(labels):len(labels)], l) }
	e.gauge(seriesState, 1, with(s.State.String())...)
	e.gauge(seriesSeverity, float64(s.Severity), labels...)
	for _, f := range s.Flags {
		e.gauge(seriesFlag, 1, with(f.String())...)
	}
	e.instant(seriesSince, s.Since, labels...)
	e.instant(seriesDeadline, s.Slot.Deadline, labels...)
	if s.Policy.Schedule != "" {
		e.gauge(seriesMissed, float64(s.Slot.Missed), labels...)
	}
	if s.Policy.Timezone == "" { // a broken rule that was never evaluated
		return
	}
	if s.Policy.Purge {
		e.gauge(seriesExpiredFiles, float64(s.Expired.Count), labels...)
		e.gauge(seriesExpiredBytes, float64(s.Expired.Bytes), labels...)
	}
	e.gauge(fileCount, float64(s.Files.Count), labels...)
	e.gauge(fileYoung, float64(s.Files.Young), labels...)
	if l := s.Files.Latest; l != nil {
		e.latest(l, labels)
	}
}

func (e emitter) latest(l *backup.LatestFile, labels []string) {
	e.gauge(latestSize, float64(l.Size), labels...)
	e.instant(latestCreated, l.Time, labels...)
	e.instant(latestBorn, l.BornAt(), labels...)
	e.instant(latestModified, l.FinishedAt(), labels...)
	e.instant(latestArchived, l.ArchivedAt(), labels...)
	e.gauge(latestDuration, l.Duration().Seconds(), labels...)
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
