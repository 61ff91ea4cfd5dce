package board

import (
	"cmp"
	"slices"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/wire"
)

// Counts sums up some series.
type Counts struct {
	Series     int
	States     map[backup.State]int
	Severities map[backup.Severity]int
	// Worst is the worst severity of all; SeverityOK without series.
	Worst backup.Severity
}

func (c *Counts) add(s *backup.Status) {
	if c.States == nil {
		c.States, c.Severities = map[backup.State]int{}, map[backup.Severity]int{}
	}
	c.Series++
	c.States[s.State]++
	c.Severities[s.Severity]++
	c.Worst = max(c.Worst, s.Severity)
}

// DiskOverview sums up a disk.
type DiskOverview struct {
	ID DiskID
	// Entry is the disk's own last status; nil while there is none, as when only
	// its series are known yet.
	Entry  *DiskEntry
	Counts Counts
	// Severity is the worst of the disk itself and of its series.
	Severity    backup.Severity
	Directories []DirectoryOverview // by name
}

// DirectoryOverview sums up a directory of a disk.
type DirectoryOverview struct {
	Name   string
	Counts Counts
}

// Overview sums up the disks whose names agree with the query's Environment,
// Disk and Directory, by name; what else the query asks for counts for nothing.
func (b *Board) Overview(q Query) []DiskOverview {
	q = Query{Environment: q.Environment, Disk: q.Disk, Directory: q.Directory}
	var all []DiskOverview
	b.inOrder(SortName, func(entries []*Entry) {
		for _, e := range entries {
			if q.Names(e.Status.Series) {
				all = addSeries(all, &e.Status)
			}
		}
	})
	for _, d := range b.DiskEntries() {
		if agrees(q.Environment, d.ID().Environment) && agrees(q.Disk, d.ID().Disk) {
			all = addDisk(all, d)
		}
	}
	return all
}

// addSeries counts a series, which comes in the order of names.
func addSeries(all []DiskOverview, s *backup.Status) []DiskOverview {
	id := DiskID{s.Series.Environment, s.Series.Disk}
	if len(all) == 0 || all[len(all)-1].ID != id {
		all = append(all, DiskOverview{ID: id})
	}
	disk := &all[len(all)-1]
	if n := len(disk.Directories); n == 0 || disk.Directories[n-1].Name != s.Series.Directory {
		disk.Directories = append(disk.Directories, DirectoryOverview{Name: s.Series.Directory})
	}
	disk.Counts.add(s)
	disk.Directories[len(disk.Directories)-1].Counts.add(s)
	disk.Severity = disk.Counts.Worst
	return all
}

func addDisk(all []DiskOverview, d *DiskEntry) []DiskOverview {
	i, found := slices.BinarySearchFunc(all, d.ID(), func(o DiskOverview, id DiskID) int { return o.ID.Compare(id) })
	if !found {
		all = slices.Insert(all, i, DiskOverview{ID: d.ID()})
	}
	all[i].Entry = d
	all[i].Severity = max(all[i].Severity, wire.ParseDiskCondition(d.Status).Severity())
	return all
}

// WorstDisksFirst orders disks by severity, the worst first, then by name.
func WorstDisksFirst(a, b DiskOverview) int {
	return cmp.Or(cmp.Compare(b.Severity, a.Severity), a.ID.Compare(b.ID))
}
