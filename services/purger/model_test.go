package purger

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// modelRuns is how many worlds the model test makes.
const modelRuns = 10_000

// TestModel makes random disks, definitions and clocks, lets two purgers work on
// what real scans said of them, and disturbs them: before a run, and at any call
// that they make within it. It fails when a file is deleted that the oracle, which
// reads the disk at the moment of the delete, would keep, and when the audit and
// the disk disagree in the end.
//
// What happens within a run is what the purger promises to see: everything that
// its last check asks for, until it asks, and the replacement of the victims until
// the delete itself. The window that remains is not played: somebody else who
// deletes or empties files that are kept, other than the newest, between the second
// look and the deletes: at most lookLasts and one batch. TestWindow measures it.
//
// A failure prints its seed: MODEL_SEED=… MODEL_RUNS=1 plays it again.
func TestModel(t *testing.T) {
	runs, seed := fromEnvironment("MODEL_RUNS", modelRuns), fromEnvironment("MODEL_SEED", uint64(time.Now().UnixNano()>>10))
	t.Logf("%d runs from MODEL_SEED=%d", runs, seed)
	var total tally
	var group sync.WaitGroup
	workers := uint64(runtime.GOMAXPROCS(0))
	for w := range workers {
		group.Go(func() {
			for i := w; i < runs && !t.Failed(); i += workers {
				m := newModel(t, seed+i)
				m.play()
				total.add(m.tally)
				for _, problem := range m.problems {
					t.Errorf("MODEL_SEED=%d MODEL_RUNS=1: %s\n%s", seed+i, problem, strings.Join(m.story, "\n"))
				}
			}
		})
	}
	group.Wait()
	t.Logf("%+v", &total.counts)
	if runs == modelRuns {
		total.check(t)
	}
}

func fromEnvironment(name string, otherwise uint64) uint64 {
	if n, err := strconv.ParseUint(os.Getenv(name), 10, 64); err == nil {
		return n
	}
	return otherwise
}

// tally counts what happened, so that a test of nothing is noticed.
type tally struct {
	mu     sync.Mutex
	counts counts
}

type counts struct{ Deleted, Crashes, Events, Interleaved, Redelivered, Refusals, Settled int }

func (t *tally) add(c counts) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts.Deleted += c.Deleted
	t.counts.Crashes += c.Crashes
	t.counts.Events += c.Events
	t.counts.Interleaved += c.Interleaved
	t.counts.Redelivered += c.Redelivered
	t.counts.Refusals += c.Refusals
	t.counts.Settled += c.Settled
}

func (t *tally) check(tb testing.TB) {
	c := t.counts
	for name, n := range map[string]int{
		"files deleted": c.Deleted, "crashes": c.Crashes, "events": c.Events, "interleaved runs": c.Interleaved,
		"redeliveries": c.Redelivered, "refusals": c.Refusals, "settled runs": c.Settled,
	} {
		if n < modelRuns/20 {
			tb.Errorf("only %d %s", n, name)
		}
	}
}

// model is one world.
type model struct {
	*stage
	t        testing.TB
	random   *rand.Rand
	rules    []oracleRule
	services [2]*Service
	jobs     []bus.DiskJob
	// Of the run at work.
	steps, eventAt, crashAt int
	passed                  int // checks of the batch at hand that were asked
	inside                  bool
	tally                   counts
	story, problems         []string
}

func newModel(t testing.TB, seed uint64) *model {
	m := &model{t: t, random: rand.New(rand.NewPCG(seed, 1))}
	m.rules = m.anyRules()
	m.stage = newStage(t, definitionsOf(m.rules))
	m.now = noon.Add(time.Duration(m.random.IntN(72*60)) * time.Minute)
	if m.chance(0.3) {
		m.config.MaxShare = 1
	}
	for i := range m.services {
		m.boot(i)
	}
	m.disk.step, m.bus.step, m.disk.judge = m.step, m.step, m.judge
	for range 1 + m.random.IntN(3) {
		m.lay(m.anyFolder(), m.random.IntN(30))
	}
	return m
}

func (m *model) boot(i int) {
	m.restart(m.t)
	m.services[i] = m.service
}

func (m *model) chance(p float64) bool { return m.random.Float64() < p }

func (m *model) tell(format string, values ...any) {
	m.story = append(m.story, fmt.Sprintf("%d ", m.steps)+fmt.Sprintf(format, values...))
}

func (m *model) problem(format string, values ...any) {
	m.problems = append(m.problems, fmt.Sprintf(format, values...))
}

// play lets a few evaluations and runs follow each other, then time for everything
// to be settled.
func (m *model) play() {
	m.tell("definitions:\n%s", definitionsOf(m.rules))
	for range 1 + m.random.IntN(3) {
		m.round()
	}
	m.bus.held = nil
	m.eventAt, m.crashAt = -1, -1
	for range 2 {
		m.now = m.now.Add(settleAfter + time.Minute)
		m.run(0, m.evaluate())
	}
	m.checkBooks()
	m.checkStats()
	m.tally.Deleted, m.tally.Refusals = len(m.disk.gone), len(m.bus.refusals())
}

func (m *model) round() {
	for range m.random.IntN(3) {
		m.between()
	}
	job := m.evaluate()
	m.jobs = append(m.jobs, job)
	for range m.random.IntN(3) {
		m.between()
	}
	for range 1 + m.random.IntN(3) {
		m.steps, m.eventAt, m.crashAt = 0, m.random.IntN(40), -1
		if m.chance(0.3) {
			m.crashAt = m.random.IntN(40)
		}
		m.run(m.random.IntN(2), job)
		if m.chance(0.3) { // a redelivery, perhaps late
			m.tally.Redelivered++
			job = m.jobs[m.random.IntN(len(m.jobs))]
		}
	}
}

// run hands a job to a purger and boots another when it crashes.
func (m *model) run(purger int, job bus.DiskJob) {
	before := m.passed
	defer func() {
		m.passed = before
		if p := recover(); p != nil {
			if p != (crash{}) {
				panic(p)
			}
			m.tell("purger %d crashed", purger)
			m.tally.Crashes++
			m.boot(purger)
		}
	}()
	m.passed = 0
	m.tell("purger %d works on status %d", purger, job.Sequence)
	if err := m.services[purger].handle(m.t.Context(), job); err != nil {
		m.tell("purger %d: %v", purger, err)
	}
}

// step is called before everything that a purger asks for.
func (m *model) step(point string) {
	m.steps++
	if m.steps == m.crashAt {
		m.tell("crash at %s", point)
		panic(crash{})
	}
	if m.steps == m.eventAt && !m.inside {
		m.inside = true
		m.tell("at %s:", point)
		m.within()
		m.inside = false
	}
	m.pass(point)
}

// pass notes which of its checks the purger has asked.
func (m *model) pass(point string) {
	switch {
	case point == "last status":
		m.passed = 1
	case m.passed > 0 && point == "holds":
		m.passed = 2
	case m.passed > 0 && strings.HasPrefix(point, "read"):
		m.passed = 3
	case m.passed > 0 && point == "list":
		m.passed = 4
	case strings.HasPrefix(point, "audit"):
		m.passed = 0
	}
}

// judge asks the oracle at the moment of each delete.
func (m *model) judge(files map[string]memFile, victim memFile) {
	m.tell("deletes %s", victim.key)
	if why := keeps(m.rules, files, victim.key, m.now); why != "" {
		m.problem("%s was deleted though %s", victim.key, why)
	}
	folder, _ := split(victim.key)
	for _, h := range m.bus.held { // each came before the purger's last question
		if string(h.GetGroup()) == folder {
			m.problem("%s was deleted though it is held", victim.key)
		}
	}
}

// within is an event while a purger works. It is one that the purger must see.
func (m *model) within() {
	m.tally.Events++
	events := []func(){m.replaceVictim, m.arrive, m.interleave, func() { m.evaluate() }}
	if m.passed < 4 {
		events = append(events, m.removeNewest)
	}
	if m.passed < 3 {
		events = append(events, m.redefine)
	}
	if m.passed < 2 {
		events = append(events, m.hold)
	}
	if m.passed < 1 {
		events = append(events, m.wait)
	}
	events[m.random.IntN(len(events))]()
}

// between is an event while no purger works.
func (m *model) between() {
	events := []func(){m.replaceVictim, m.arrive, m.removeNewest, m.redefine, m.wait, m.spoilAny, m.removeAny, m.layMore, m.arriveLate}
	if m.chance(0.1) {
		events = []func(){m.hold}
	}
	events[m.random.IntN(len(events))]()
}

// interleave lets the other purger do a whole run in the middle of this one's.
func (m *model) interleave() {
	m.tally.Interleaved++
	m.run(m.random.IntN(2), bus.DiskJob{Status: m.bus.disk.Status, Sequence: m.bus.disk.Sequence})
}

// checkBooks compares the audit with what went and with what is there.
func (m *model) checkBooks() {
	if open, _ := m.bus.UnsettledPurges(m.t.Context(), "", ""); len(open) > 0 {
		m.problem("%d intents have no result", len(open))
	}
	written := map[string]bool{}
	for _, p := range m.bus.purged() {
		if p.GetPhase() != backmonv1.PurgePhase_PURGE_PHASE_RESULT {
			continue
		}
		for _, f := range p.GetFiles() {
			if strings.Contains(f.GetReason(), "interrupted") {
				m.tally.Settled++
			}
			anotherCame := f.GetVerdict() == backmonv1.PurgeVerdict_PURGE_VERDICT_CHANGED && strings.Contains(f.GetReason(), "interrupted")
			if isGone(f.GetVerdict()) || anotherCame {
				written[string(f.GetKey())+" "+f.GetEtag()] = !anotherCame
			}
		}
	}
	for _, f := range m.disk.gone {
		if _, ok := written[f.key+" "+f.etag]; !ok {
			m.problem("%s was deleted, and no result says so", f.key)
		}
	}
	for key, f := range m.disk.all() {
		if written[key+" "+f.etag] {
			m.problem("a result says that %s is gone, and it is there", key)
		}
	}
}

// checkStats looks for .stat files that a purger left alone.
func (m *model) checkStats() {
	files := m.disk.all()
	for _, f := range m.disk.gone {
		_, back := files[f.key]
		if _, ok := files[f.key+".stat"]; ok && !back {
			m.problem("%s.stat was left alone", f.key)
		}
	}
}

// expired are the files that the oracle lets go, sorted.
func (m *model) expired() []string {
	files := m.disk.all()
	keys := slices.Sorted(maps.Keys(files))
	return slices.DeleteFunc(keys, func(key string) bool { return keeps(m.rules, files, key, m.now) != "" })
}

// TestWindow measures the window that is left: from the end of the second look to
// the last delete of a batch, for a disk in memory; the storages' own tests measure
// theirs between check and delete.
func TestWindow(t *testing.T) {
	s := newStage(t, nightly)
	s.config.MaxShare = 1
	s.restart(t)
	s.nights("db/a", 3+batchFiles)
	var looked, first, last time.Time
	s.bus.step = func(point string) {
		if point == "audit PURGE_PHASE_INTENT" {
			looked = time.Now()
		}
	}
	s.disk.step = func(point string) {
		if last = time.Now(); first.IsZero() && strings.HasPrefix(point, "delete") {
			first = last
		}
	}
	s.purge(t)
	if len(s.disk.gone) != batchFiles || first.Sub(looked) > lookLasts {
		t.Errorf("%d files went, the first %s after the look", len(s.disk.gone), first.Sub(looked))
	}
	t.Logf("from the second look to the first delete %s, to the last of %d %s; never over %s and a batch", first.Sub(looked), batchFiles, last.Sub(looked), backup.FormatDuration(lookLasts))
}
