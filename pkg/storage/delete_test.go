package storage

import (
	"errors"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

func TestDeletable(t *testing.T) {
	for name, test := range map[string]struct {
		keys []string
		want string // part of the error; empty: deletable
	}{
		"clean keys": {[]string{
			"k", "a/b", "a b/c+d", "..k", "...", "a/..b", "k..", ".hidden", "a/.backmonignore", "x.stats", "stat", "a\\b", "%2e%2e/k", "ä/ö", "\xff",
		}, ""},
		"nothing":             {[]string{""}, "empty"},
		"folders":             {[]string{"/", "a/", "a/b/", "../"}, "folder"},
		"unclean keys":        {[]string{"/k", "//k", "./k", "a//b", "a/./b", "a/../b", "../k", "a/..", "a/.", ".", ".."}, "clean"},
		"zero bytes":          {[]string{"\x00", "a\x00b"}, "zero"},
		".stat files":         {[]string{"x.stat", "a/x.stat", ".stat", "x.stat.stat"}, "goes with its file"},
		"the disk's guardian": {[]string{IgnoreFile}, "guards"},
	} {
		for _, key := range test.keys {
			err := Deletable(key)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%s: %q: got %v, want %q", name, key, err, test.want)
			}
		}
	}
}

func FuzzDeletable(f *testing.F) {
	for _, key := range []string{"a/b", "/k", "a//b", "a/../b", "", "x.stat"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if Deletable(key) != nil {
			return
		}
		// However often it is cleaned or joined on the way, it stays the same file.
		if path.Clean(key) != key || path.Join("/bucket", key) != "/bucket/"+key || !filepath.IsLocal(key) {
			t.Errorf("%q leads to %q", key, path.Join("/bucket", key))
		}
	})
}

func TestNewDeletionsClaimNothing(t *testing.T) {
	deletions := NewDeletions([]Victim{{Key: "a"}, {Key: "/b"}, {Key: "a"}, {Key: "c"}})
	for i, want := range []Verdict{Failed, Strange, Strange, Failed} {
		if deletions[i].Verdict != want || deletions[i].Err == nil || errors.Is(deletions[i].Err, ErrNotTried) != (want == Failed) {
			t.Errorf("%q: got %v, %v; want %v", deletions[i].Key, deletions[i].Verdict, deletions[i].Err, want)
		}
	}
}

func TestNotTriedTellsTheCause(t *testing.T) {
	deletions := NewDeletions([]Victim{{Key: "a"}, {Key: "b"}, {Key: "/c"}})
	deletions[0].Verdict, deletions[0].Err = Deleted, nil
	NotTried(deletions, ErrSlowDown)
	NotTried(deletions, ErrTimeout) // too late
	if deletions[0].Err != nil || errors.Is(deletions[2].Err, ErrSlowDown) {
		t.Errorf("got %v and %v, want them left alone", deletions[0].Err, deletions[2].Err)
	}
	err := deletions[1].Err
	if !errors.Is(err, ErrNotTried) || !errors.Is(err, ErrSlowDown) || errors.Is(err, ErrTimeout) {
		t.Errorf("got %v, want not tried, slow down", err)
	}
}

func TestVerdicts(t *testing.T) {
	for verdict, want := range map[Verdict]struct {
		text string
		gone bool
	}{
		Failed: {"failed", false}, Deleted: {"deleted", true}, Absent: {"absent", true}, Hidden: {"hidden", true},
		Changed: {"changed", false}, Held: {"held", false}, Denied: {"denied", false}, Strange: {"strange", false},
		99: {"verdict 99", false},
	} {
		if verdict.String() != want.text || verdict.Gone() != want.gone {
			t.Errorf("got %v, %t; want %v", verdict, verdict.Gone(), want)
		}
	}
	var zero Verdict
	if zero.Gone() {
		t.Error("the zero verdict claims that a file is gone")
	}
}
