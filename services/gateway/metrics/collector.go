package metrics

import (
	"runtime"
	"strconv"
	"strings"
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
	e.out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

func (e emitter) counter(d *prometheus.Desc, value float64, labels ...string) {
	e.out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
}

// instant sends a time in unix seconds; "never" has no sample.
func (e emitter) instant(d *prometheus.Desc, t time.Time, labels ...string) {
	if !t.IsZero() {
		e.gauge(d, float64(t.UnixNano())/1e9, labels...)
	}
}

// labels makes names fit for label values: names of files need not be UTF-8,
// label values must be.
func labels(names ...string) []string {
	for i, n := range names {
		names[i] = label(n)
	}
	return names
}

// label shows a name that is not UTF-8 quoted, with \x escapes. One that only
// looks like that is quoted too, so that different names have different labels.
func label(name string) string {
	for inner := name; ; {
		if !utf8.ValidString(inner) {
			return strconv.Quote(name)
		}
		unquoted, err := strconv.Unquote(inner)
		if err != nil || inner[0] != '"' {
			return name
		}
		inner = unquoted
	}
}

func (e emitter) disk(d *backmonv1.DiskStatus) {
	disk := labels(d.GetEnvironment(), d.GetDisk())
	e.gauge(definitionStatus, number(d.GetDefinitionSound()), disk...)
	if t := d.GetTotals(); t != nil {
		e.gauge(diskUsage, float64(t.GetBytes()), disk...)
		e.gauge(fileCountTotal, float64(t.GetFiles()), disk...)
		e.gauge(diskUnmatched, float64(t.GetUnmatchedFiles()), disk...)
		e.gauge(diskAmbiguous, float64(d.GetAmbiguousFiles()), disk...)
		if quota := t.GetQuotaBytes(); quota > 0 {
			e.gauge(diskQuota, float64(quota), disk...)
		}
	}
	e.gauge(scanSuccess, number(d.GetErrorKind() == backmonv1.ErrorKind_ERROR_KIND_UNSPECIFIED), disk...)
	e.gauge(scanDuration, d.GetCost().GetElapsed().AsDuration().Seconds(), disk...)
	e.gauge(scanRequests, float64(d.GetCost().GetRequests()), disk...)
	e.gauge(scanObjects, float64(d.GetCost().GetObjects()), disk...)
	e.instant(scanTime, d.GetEvaluatedAt().AsTime(), disk...)
	if t := d.GetSucceededAt(); t != nil {
		e.instant(scanSuccessTime, t.AsTime(), disk...)
	}
	for _, f := range d.GetFlags() {
		e.gauge(diskFlag, 1, append(disk[:len(disk):len(disk)], strings.TrimPrefix(f.String(), "DISK_FLAG_"))...)
	}
	e.problems(d, disk)
}

func (e emitter) problems(d *backmonv1.DiskStatus, disk []string) {
	var warnings, errors int
	for _, p := range d.GetProblems() {
		if p.GetLevel() == backmonv1.ProblemLevel_PROBLEM_LEVEL_ERROR {
			errors++
		} else {
			warnings++
		}
	}
	e.gauge(definitionProblems, float64(errors), disk[0], disk[1], "error")
	e.gauge(definitionProblems, float64(warnings), disk[0], disk[1], "warning")
}

func (e emitter) rule(s backup.Status, r ruleID) {
	rule := labels(r.environment, r.disk, r.directory, r.file)
	e.gauge(fileCountMax, float64(s.Policy.RetentionCount), rule...)
	e.gauge(fileAgeMax, s.Policy.RetentionAge.Seconds(), rule...)
	e.instant(expectedAt, s.Slot.Previous, rule...)
}

func (e emitter) series(s backup.Status) {
	id := s.Series
	series := labels(id.Environment, id.Disk, id.Directory, id.File, id.Group)
	with := func(l string) []string { return append(series[:len(series):len(series)], l) }
	e.gauge(seriesState, 1, with(s.State.String())...)
	e.gauge(seriesSeverity, float64(s.Severity), series...)
	for _, f := range s.Flags {
		e.gauge(seriesFlag, 1, with(f.String())...)
	}
	e.instant(seriesSince, s.Since, series...)
	e.instant(seriesDeadline, s.Slot.Deadline, series...)
	if s.Policy.Schedule != "" {
		e.gauge(seriesMissed, float64(s.Slot.Missed), series...)
	}
	if s.Policy.Timezone == "" { // a broken rule that was never evaluated
		return
	}
	if s.Policy.Purge {
		e.gauge(seriesExpiredFiles, float64(s.Expired.Count), series...)
		e.gauge(seriesExpiredBytes, float64(s.Expired.Bytes), series...)
	}
	e.gauge(fileCount, float64(s.Files.Count), series...)
	e.gauge(fileYoung, float64(s.Files.Young), series...)
	if l := s.Files.Latest; l != nil {
		e.latest(l, series)
	}
}

func (e emitter) latest(l *backup.LatestFile, series []string) {
	e.gauge(latestSize, float64(l.Size), series...)
	e.instant(latestCreated, l.Time, series...)
	e.instant(latestBorn, l.BornAt(), series...)
	e.instant(latestModified, l.FinishedAt(), series...)
	e.instant(latestArchived, l.ArchivedAt(), series...)
	e.gauge(latestDuration, l.Duration().Seconds(), series...)
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
