package purger

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/wire"
)

// anyRules makes definitions of one to four rules, none of them twice.
func (m *model) anyRules() []oracleRule {
	byPlace := map[[2]int]oracleRule{}
	for range 1 + m.random.IntN(4) {
		r := m.anyRule()
		byPlace[[2]int{r.directory, r.file}] = r
	}
	return slices.SortedFunc(maps.Values(byPlace), func(a, b oracleRule) int {
		return (a.directory-b.directory)*10 + a.file - b.file
	})
}

func (m *model) anyRule() oracleRule {
	r := oracleRule{directory: m.random.IntN(3), file: m.random.IntN(3), purge: m.chance(0.9)}
	r.sort = []string{"interpolation", "modified_at", "born_at"}[m.random.IntN(3)]
	if m.chance(0.3) {
		r.minSize = 50
	}
	some := func(p float64, most int) int {
		if m.chance(p) {
			return 1 + m.random.IntN(most)
		}
		return 0
	}
	r.count = some(0.5, 5)
	r.age = time.Duration(some(0.4, 72)) * time.Hour
	if m.chance(0.5) {
		r.last, r.hourly, r.daily, r.weekly, r.monthly = some(0.4, 4), some(0.2, 6), some(0.4, 5), some(0.3, 3), some(0.3, 3)
		r.within = time.Duration(some(0.3, 96)) * time.Hour
	}
	return r
}

func (m *model) anyFolder() string { return []string{"db/a", "db/b", "db/c", "."}[m.random.IntN(4)] }

// lay puts files of the past into a folder.
func (m *model) lay(folder string, count int) {
	at := m.now
	for range count {
		at = at.Add(-time.Duration(1+m.random.IntN(40*60)) * time.Minute).Truncate(time.Second)
		m.layAt(folder, at)
	}
}

func (m *model) layAt(folder string, at time.Time) {
	key := []string{"d-" + at.Format("20060102") + ".gz", "x-" + at.Format("0102150405") + ".sql"}[m.random.IntN(2)]
	if folder != "." {
		key = folder + "/" + key
	}
	m.putFile(key, m.anySize(), at)
	if m.chance(0.3) {
		born := at.Add(-time.Duration(m.random.IntN(120)) * time.Minute)
		m.disk.put(key+".stat", 20, at, fmt.Sprint("born_at: ", born.Unix()))
	}
}

func (m *model) putFile(key string, size int64, at time.Time) {
	m.tell("file %s of %s with %d bytes", key, at.Format(time.DateTime), size)
	m.disk.put(key, size, at, "")
}

func (m *model) anySize() int64 {
	if m.chance(0.1) {
		return int64(m.random.IntN(2) * 10)
	}
	return 100
}

// anyKey is a file that a rule may match.
func (m *model) anyKey() string {
	keys := slices.DeleteFunc(m.disk.keys(), func(key string) bool {
		_, isStat := cutStat(key)
		return isStat || key == definitionsKey
	})
	if len(keys) == 0 {
		return ""
	}
	return keys[m.random.IntN(len(keys))]
}

// replaceVictim puts another file in the place of one that may go, with or without
// another size and time.
func (m *model) replaceVictim() {
	keys := m.expired()
	if len(keys) == 0 {
		return
	}
	old := m.disk.all()[keys[m.random.IntN(len(keys))]]
	at, size := old.modified, old.size
	if m.chance(0.5) {
		at, size = m.now.Truncate(time.Second), 100
	}
	m.putFile(old.key, size, at)
}

// arrive is a new backup of this moment.
func (m *model) arrive() { m.layGood(m.anyFolder(), m.now.Truncate(time.Second)) }

// layGood lays a good file that has no .stat file.
func (m *model) layGood(folder string, at time.Time) {
	key := "x-" + at.Format("0102150405") + ".sql"
	if folder != "." {
		key = folder + "/" + key
	}
	if _, there := m.disk.all()[key]; !there {
		m.putFile(key, 100, at)
	}
}

// removeNewest takes the newest files of a series away: one, or many.
func (m *model) removeNewest() {
	key := m.anyKey()
	folder, _ := split(key)
	for _, r := range m.rules {
		if !r.matches(key) {
			continue
		}
		all := r.series(m.disk.all(), folder)
		for _, f := range all[:1+m.random.IntN(len(all))] {
			m.tell("%s is removed", f.key)
			m.disk.remove(f.key)
			m.disk.remove(f.key + ".stat")
		}
		return
	}
}

func (m *model) redefine() {
	m.rules = m.anyRules()
	m.define(definitionsOf(m.rules))
	m.tell("definitions:\n%s", definitionsOf(m.rules))
}

func (m *model) hold() {
	h := backup.Hold{ID: "1", Group: m.anyFolder()}
	m.tell("hold on %s", h.Group)
	m.bus.mu.Lock()
	defer m.bus.mu.Unlock()
	m.bus.held = append(m.bus.held, wire.Hold(h))
}

func (m *model) wait() {
	by := []time.Duration{30 * time.Second, 2 * time.Minute, 20 * time.Minute, 90 * time.Minute, 3 * time.Hour}[m.random.IntN(5)]
	m.now = m.now.Add(by)
	m.tell("%s pass", by)
}

func (m *model) spoilAny() {
	if key := m.anyKey(); key != "" {
		m.putFile(key, m.anySize(), m.now.Truncate(time.Second).Add(-time.Duration(m.random.IntN(100))*time.Hour))
	}
}

func (m *model) removeAny() {
	if key := m.anyKey(); key != "" {
		m.tell("%s is removed", key)
		m.disk.remove(key)
		m.disk.remove(key + ".stat")
	}
}

func (m *model) layMore() { m.lay(m.anyFolder(), m.random.IntN(5)) }

// arriveLate is a backup of long ago that arrives now, or one of the future.
func (m *model) arriveLate() {
	at := m.now.Add(-time.Duration(m.random.IntN(60*24)) * time.Hour)
	if m.chance(0.2) {
		at = m.now.Add(time.Duration(m.random.IntN(48)) * time.Hour)
	}
	m.layAt(m.anyFolder(), at.Truncate(time.Second))
}
