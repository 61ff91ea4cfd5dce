package storage

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
)

// ErrNotTried marks a victim that no delete was sent for: it is as it was.
var ErrNotTried = errors.New("not tried")

// Deleter is a disk that can delete files. It is apart from Disk so that only who
// asks for it gets it.
type Deleter interface {
	// Delete deletes every victim that is still just what it was, and after it its
	// .stat file. The deletions have the victims' order and number. The error is
	// what ended the whole before its time: storage.ErrAccessDenied (the first
	// refusal stops all), storage.ErrSlowDown, storage.ErrNotFound (there is no such
	// disk), or the context's cause; victims not tried by then are Failed with
	// ErrNotTried and that error. A request under way is not torn down when the
	// context ends: its answer is awaited, so that every verdict tells the truth.
	// To repeat a call does no harm: what is gone is Absent.
	Delete(ctx context.Context, victims []Victim) ([]Deletion, error)
}

// Victim is a file that may be deleted, exactly as it was when that was decided.
type Victim struct {
	Key        string
	Size       int64 // bytes
	ModifiedAt time.Time
	ETag       string // as in Entry; empty where the listing gave none
	HasStat    bool   // a .stat file lay beside it: it goes even when the file is Absent already
}

// Deletion is what became of a victim.
type Deletion struct {
	Victim
	Verdict Verdict
	// Until is when a Held file may be tried again; zero: unknown, or as long as
	// somebody's legal hold lasts.
	Until time.Time
	// StatDeleted says that the .stat file went (or was hidden) with it.
	StatDeleted bool
	// Err says why, to a person, for every verdict but a plain Deleted, Hidden or
	// Absent; with these it says why the .stat file stayed.
	Err error
}

// Verdict is what became of a victim, in one word.
type Verdict int

// The verdicts. The zero value claims nothing.
const (
	Failed  Verdict = iota // unknown whether it is gone, or ErrNotTried
	Deleted                // gone, its bytes are free
	Absent                 // was gone already
	Hidden                 // behind a delete marker of a bucket with versions: its bytes are not free
	Changed                // refused: not the file that was decided on
	Held                   // refused: under object lock, see Deletion.Until
	Denied                 // the right is missing
	Strange                // refused: the key could mean another file on the way, or none at all
)

// String returns the verdict in lower case.
func (v Verdict) String() string {
	switch v {
	case Failed:
		return "failed"
	case Deleted:
		return "deleted"
	case Absent:
		return "absent"
	case Hidden:
		return "hidden"
	case Changed:
		return "changed"
	case Held:
		return "held"
	case Denied:
		return "denied"
	case Strange:
		return "strange"
	}
	return fmt.Sprintf("verdict %d", int(v))
}

// Gone tells whether listings don't show the file any more.
func (v Verdict) Gone() bool { return v == Deleted || v == Absent || v == Hidden }

// NewDeletions returns how every Delete begins: what must never be deleted is
// Strange, all the others are not tried.
func NewDeletions(victims []Victim) []Deletion {
	deletions := make([]Deletion, len(victims))
	seen := make(map[string]bool, len(victims))
	for i, victim := range victims {
		deletions[i] = Deletion{Victim: victim, Err: ErrNotTried}
		err := Deletable(victim.Key)
		if err == nil && seen[victim.Key] {
			err = errors.New("the key comes twice")
		}
		if err != nil {
			deletions[i].Verdict, deletions[i].Err = Strange, err
		}
		seen[victim.Key] = true
	}
	return deletions
}

// NotTried tells the untried of the deletions what ended the whole.
func NotTried(deletions []Deletion, cause error) {
	for i := range deletions {
		if deletions[i].Err == ErrNotTried { //nolint:errorlint // with a cause it is told already
			deletions[i].Err = fmt.Errorf("%w: %w", ErrNotTried, cause)
		}
	}
}

// Deletable returns why no file of this key may ever be deleted: proxies and
// servers rewrite unclean paths to other files' paths, a .stat file goes with its
// file only, and some files belong to backmon. It returns nil for all other keys.
func Deletable(key string) error {
	switch {
	case key == "":
		return errors.New("the key is empty")
	case strings.HasSuffix(key, "/"):
		return errors.New("the key is that of a folder")
	case strings.HasPrefix(key, "/") || path.Clean(key) != key || key == "." || key == ".." || strings.HasPrefix(key, "../"):
		return errors.New("the key is not a clean path")
	case strings.ContainsRune(key, 0):
		return errors.New("the key holds a zero byte")
	case strings.HasSuffix(key, StatSuffix):
		return fmt.Errorf("a %s file goes with its file only", StatSuffix)
	case key == IgnoreFile:
		return errors.New("the file guards its disk")
	}
	return nil
}
