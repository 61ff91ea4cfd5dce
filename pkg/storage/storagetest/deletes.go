package storagetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/storage"
)

// Ground is a disk under test whose files a test can change behind its back.
type Ground struct {
	Disk storage.Disk
	Lay  func(File) // writes a file, or replaces it
}

// DeleteContract runs every clause that holds for all disks that delete. The
// function newGround makes a disk with those files and nothing else, whose file
// times differ whenever a file is laid anew; gone makes one that doesn't exist.
func DeleteContract(t *testing.T, newGround func(t *testing.T, files []File) Ground, gone func(t *testing.T) storage.Disk) {
	c := deletes{newGround: newGround, gone: gone}
	for name, clause := range map[string]func(*testing.T){
		"a file goes with its .stat":                       c.withStat,
		"a .stat that nobody knew of goes too":             c.unknownStat,
		"nothing else goes":                                c.nothingElse,
		"files in the root go":                             c.rootFiles,
		"strange names go":                                 c.strangeNames,
		"what is gone already is absent":                   c.absent,
		"a repeated call finds all absent":                 c.repeated,
		"a .stat left behind goes at the second attempt":   c.leftBehind,
		"a .stat of nobody knows what stays":               c.foreignStat,
		"another size is changed":                          c.otherSize,
		"another time is changed":                          c.otherTime,
		"a file that was replaced is changed":              c.replaced,
		"a changed file keeps its .stat":                   c.changedKeepsStat,
		"a folder in the file's place is no file":          c.folder,
		"strange keys are refused":                         c.strangeKeys,
		"a key that comes twice is refused":                c.twice,
		"a cancelled context deletes nothing":              c.cancelled,
		"no victims are no deletions":                      c.none,
		"many files go, in the victims' order":             c.many,
		"deleting from a disk that isn't there is no such": c.notThere,
	} {
		t.Run(name, clause)
	}
}

type deletes struct {
	newGround func(t *testing.T, files []File) Ground
	gone      func(t *testing.T) storage.Disk
}

// Victims lists the disk and returns its files as victims, those of the given keys
// or all. Folders and orphans are none.
func Victims(t testing.TB, disk storage.Disk, keys ...string) []storage.Victim {
	t.Helper()
	byKey := make(map[string]storage.Victim)
	var victims []storage.Victim
	for _, entry := range Collect(t, disk, storage.Listing{}) {
		if entry.Orphan || entry.Key[len(entry.Key)-1] == '/' {
			continue
		}
		victim := storage.Victim{
			Key: entry.Key, Size: entry.Size, ModifiedAt: entry.ModifiedAt, ETag: entry.ETag, HasStat: entry.Stat.Found,
		}
		byKey[victim.Key] = victim
		victims = append(victims, victim)
	}
	if len(keys) == 0 {
		return victims
	}
	victims = victims[:0]
	for _, key := range keys {
		if byKey[key].Key == "" {
			t.Fatalf("there is no file %q", key)
		}
		victims = append(victims, byKey[key])
	}
	return victims
}

// Delete deletes from a disk that can, and expects no error of the whole.
func Delete(t testing.TB, disk storage.Disk, victims []storage.Victim) []storage.Deletion {
	t.Helper()
	deletions, err := disk.(storage.Deleter).Delete(context.Background(), victims)
	if err != nil {
		t.Fatalf("delete: %v", err)
	}
	return deletions
}

// Told returns deletions in short: "key verdict", with "+" when the .stat went and
// "!" when there is an error.
func Told(deletions []storage.Deletion) []string {
	told := make([]string, 0, len(deletions))
	for _, d := range deletions {
		text := d.Key + " " + d.Verdict.String()
		if d.StatDeleted {
			text += "+"
		}
		if d.Err != nil {
			text += "!"
		}
		told = append(told, text)
	}
	return told
}

// WantTold compares deletions with what Told shall give.
func WantTold(t testing.TB, deletions []storage.Deletion, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), Told(deletions)); diff != "" {
		t.Errorf("deletions (-want +got):\n%s", diff)
		for _, d := range deletions[:min(10, len(deletions))] {
			t.Logf("%q: %v, %v", d.Key, d.Verdict, d.Err)
		}
	}
}

// WantFiles compares the keys of all the disk's files.
func WantFiles(t testing.TB, disk storage.Disk, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), Keys(files(Collect(t, disk, storage.Listing{})))); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// files leaves out folders: whether empty ones stay is the storage's habit.
func files(entries []storage.Entry) []storage.Entry {
	kept := entries[:0]
	for _, entry := range entries {
		if entry.Key[len(entry.Key)-1] != '/' {
			kept = append(kept, entry)
		}
	}
	return kept
}

func (c deletes) withStat(t *testing.T) {
	ground := c.newGround(t, named("a/x", "a/x.stat", "a/y", "a/y.stat"))
	WantTold(t, Delete(t, ground.Disk, Victims(t, ground.Disk, "a/x")), "a/x deleted+")
	WantFiles(t, ground.Disk, "a/y+")
}

func (c deletes) unknownStat(t *testing.T) {
	ground := c.newGround(t, named("a/x", "z"))
	victims := Victims(t, ground.Disk, "a/x")
	ground.Lay(File{Key: "a/x.stat", Content: "late"})
	WantTold(t, Delete(t, ground.Disk, victims), "a/x deleted+")
	WantFiles(t, ground.Disk, "z")
}

func (c deletes) nothingElse(t *testing.T) {
	ground := c.newGround(t, named("a/x", "a/x-1", "a/x.gz", "a/x.gz.stat", "a/xx", "b/x", "x"))
	WantTold(t, Delete(t, ground.Disk, Victims(t, ground.Disk, "a/x")), "a/x deleted")
	WantFiles(t, ground.Disk, "a/x-1", "a/x.gz+", "a/xx", "b/x", "x")
}

func (c deletes) rootFiles(t *testing.T) {
	ground := c.newGround(t, named("x", "x.stat", "y"))
	WantTold(t, Delete(t, ground.Disk, Victims(t, ground.Disk, "x")), "x deleted+")
	WantFiles(t, ground.Disk, "y")
}

func (c deletes) strangeNames(t *testing.T) {
	names := []string{"a b/c d", "ä/ö", "a&b", "a+b", "a<b>", "a%2Fb", "a?b#c", "a\"b'", "a\tb", "a\nb", "a;b", "-x", "…"}
	ground := c.newGround(t, named(append([]string{"keep"}, names...)...))
	victims := Victims(t, ground.Disk, names...)
	want := make([]string, 0, len(names))
	for _, name := range names {
		want = append(want, name+" deleted")
	}
	WantTold(t, Delete(t, ground.Disk, victims), want...)
	WantFiles(t, ground.Disk, "keep")
}

func (c deletes) absent(t *testing.T) {
	ground := c.newGround(t, named("a/x"))
	victims := Victims(t, ground.Disk)
	for i, key := range []string{"a/y", "b/x", "y"} {
		victims = append(victims, victims[0])
		victims[i+1].Key = key
	}
	WantTold(t, Delete(t, ground.Disk, victims), "a/x deleted", "a/y absent", "b/x absent", "y absent")
}

func (c deletes) repeated(t *testing.T) {
	ground := c.newGround(t, named("a/x", "a/x.stat", "y", "z"))
	victims := Victims(t, ground.Disk, "a/x", "y")
	WantTold(t, Delete(t, ground.Disk, victims), "a/x deleted+", "y deleted")
	WantTold(t, Delete(t, ground.Disk, victims), "a/x absent", "y absent")
	WantFiles(t, ground.Disk, "z")
}

func (c deletes) leftBehind(t *testing.T) {
	ground := c.newGround(t, named("a/x", "z"))
	victims := Victims(t, ground.Disk, "a/x")
	Delete(t, ground.Disk, victims)
	ground.Lay(File{Key: "a/x.stat", Content: "left"})
	victims[0].HasStat = true
	WantTold(t, Delete(t, ground.Disk, victims), "a/x absent+")
	WantFiles(t, ground.Disk, "z")
}

func (c deletes) foreignStat(t *testing.T) {
	ground := c.newGround(t, named("a/x", "z"))
	victims := Victims(t, ground.Disk, "a/x")
	Delete(t, ground.Disk, victims)
	ground.Lay(File{Key: "a/x.stat", Content: "new"})
	WantTold(t, Delete(t, ground.Disk, victims), "a/x absent")
	WantFiles(t, ground.Disk, "a/x.stat?", "z")
}

// refusal deletes a file that isn't any more what the change says.
func (c deletes) refusal(t *testing.T, change func(*storage.Victim)) {
	t.Helper()
	ground := c.newGround(t, named("a/x", "a/x.stat"))
	victims := Victims(t, ground.Disk)
	change(&victims[0])
	WantTold(t, Delete(t, ground.Disk, victims), "a/x changed!")
	WantFiles(t, ground.Disk, "a/x+")
}

func (c deletes) otherSize(t *testing.T) { c.refusal(t, func(v *storage.Victim) { v.Size++ }) }

func (c deletes) otherTime(t *testing.T) {
	for _, by := range []time.Duration{-time.Hour, -time.Second, time.Second, time.Hour} {
		c.refusal(t, func(v *storage.Victim) { v.ModifiedAt = v.ModifiedAt.Add(by) })
	}
	c.refusal(t, func(v *storage.Victim) { v.ModifiedAt = time.Time{} })
}

func (c deletes) replaced(t *testing.T) {
	ground := c.newGround(t, named("a/x"))
	victims := Victims(t, ground.Disk)
	ground.Lay(File{Key: "a/x", Content: "CONTENT OF a/x"})
	WantTold(t, Delete(t, ground.Disk, victims), "a/x changed!")
	WantFiles(t, ground.Disk, "a/x")
}

func (c deletes) changedKeepsStat(t *testing.T) {
	ground := c.newGround(t, named("a/x", "a/x.stat", "a/y", "a/y.stat"))
	victims := Victims(t, ground.Disk)
	ground.Lay(File{Key: "a/x", Content: "another, longer content"})
	WantTold(t, Delete(t, ground.Disk, victims), "a/x changed!", "a/y deleted+")
	WantFiles(t, ground.Disk, "a/x+")
}

func (c deletes) folder(t *testing.T) {
	ground := c.newGround(t, named("a/x/y", "b"))
	victim := Victims(t, ground.Disk, "b")[0]
	victim.Key = "a/x"
	deletions := Delete(t, ground.Disk, []storage.Victim{victim})
	if v := deletions[0].Verdict; v != storage.Absent && v != storage.Changed {
		t.Errorf("got %v, want absent or changed", v)
	}
	WantFiles(t, ground.Disk, "a/x/y", "b")
}

func (c deletes) strangeKeys(t *testing.T) {
	ground := c.newGround(t, named("k", "a/b", "a/b.stat", storage.IgnoreFile))
	some := Victims(t, ground.Disk, "k")[0]
	keys := []string{
		"/k", "//k", "./k", "a//b", "a/../k", "../k", "..", ".", "", "a/", "a/.", "a/./b", "a/b/..", "a/b/",
		"a/b.stat", storage.IgnoreFile, "k\x00",
	}
	victims := make([]storage.Victim, 0, len(keys))
	want := make([]string, 0, len(keys))
	for _, key := range keys {
		victim := some
		victim.Key = key
		victims = append(victims, victim)
		want = append(want, key+" strange!")
	}
	WantTold(t, Delete(t, ground.Disk, victims), want...)
	WantFiles(t, ground.Disk, storage.IgnoreFile, "a/b+", "k")
}

func (c deletes) twice(t *testing.T) {
	ground := c.newGround(t, named("x", "y"))
	WantTold(t, Delete(t, ground.Disk, Victims(t, ground.Disk, "x", "x")), "x deleted", "x strange!")
	WantFiles(t, ground.Disk, "y")
}

func (c deletes) cancelled(t *testing.T) {
	ground := c.newGround(t, named("x", "y"))
	victims := Victims(t, ground.Disk)
	cause := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(cause)
	deletions, err := ground.Disk.(storage.Deleter).Delete(ctx, victims)
	if !errors.Is(err, cause) {
		t.Errorf("got %v, want %v", err, cause)
	}
	WantTold(t, deletions, "x failed!", "y failed!")
	for _, d := range deletions {
		if !errors.Is(d.Err, storage.ErrNotTried) || !errors.Is(d.Err, cause) {
			t.Errorf("%q: got %v, want not tried: %v", d.Key, d.Err, cause)
		}
	}
	WantFiles(t, ground.Disk, "x", "y")
}

func (c deletes) none(t *testing.T) {
	ground := c.newGround(t, named("x"))
	WantTold(t, Delete(t, ground.Disk, nil))
	WantFiles(t, ground.Disk, "x")
}

func (c deletes) many(t *testing.T) {
	keys, want := make([]string, 0, 241), make([]string, 0, 120)
	for i := range 120 {
		keys = append(keys, fmt.Sprintf("d/%03d", i), fmt.Sprintf("d/%03d.stat", i))
		want = append(want, fmt.Sprintf("d/%03d deleted+", i))
	}
	ground := c.newGround(t, named(append(keys, "keep")...))
	victims := Victims(t, ground.Disk)
	WantTold(t, Delete(t, ground.Disk, victims[:120]), want...)
	WantFiles(t, ground.Disk, "keep")
}

func (c deletes) notThere(t *testing.T) {
	victims := []storage.Victim{{Key: "x", Size: 1, ModifiedAt: time.Unix(1, 0), ETag: "x"}}
	deletions, err := c.gone(t).(storage.Deleter).Delete(context.Background(), victims)
	if !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("got %v, want storage.ErrNotFound", err)
	}
	WantTold(t, deletions, "x failed!")
}
