package s3_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/s3"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

// replaceOn puts a new content in place of the file when its delete arrives.
func (s *stage) replaceOn(key string) func(*http.Request) {
	var once sync.Once
	return func(r *http.Request) {
		if r.Method == http.MethodDelete && strings.HasSuffix(r.URL.Path, "/"+key) || storagetest.IsBatch(r) {
			once.Do(func() { s.server.PutObject("bucket", key, "the new backup") })
		}
	}
}

func TestAFileReplacedJustBeforeItsDeleteStays(t *testing.T) {
	for name, handler := range map[string]func(*storagetest.Server) storagetest.Handler{
		"if-match": func(*storagetest.Server) storagetest.Handler {
			return func(http.ResponseWriter, *http.Request) bool { return false }
		},
		"batches": func(s *storagetest.Server) storagetest.Handler { return s.HonourBatches },
	} {
		for _, key := range []string{"f000", "f001", "f045"} { // the two probes' victims, and any other
			t.Run(name+" "+key, func(t *testing.T) {
				s := stageOf(t, 50, false, nil)
				inner, replace := handler(s.server), s.replaceOn(key)
				s.proxy.Handle(func(w http.ResponseWriter, r *http.Request) bool {
					replace(r)
					return inner(w, r)
				})
				deletions, err := s.delete()
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range deletions {
					if want := map[bool]storage.Verdict{true: storage.Changed, false: storage.Deleted}[d.Key == key]; d.Verdict != want {
						t.Errorf("%q: %v, %v; want %v", d.Key, d.Verdict, d.Err, want)
					}
				}
				storagetest.WantFiles(t, s.disk, key)
			})
		}
	}
}

func TestAStatReplacedJustBeforeItsDeleteStays(t *testing.T) {
	for name, handler := range map[string]storagetest.Handler{"if-match": nil, "ignores": storagetest.IgnoreConditions} {
		t.Run(name, func(t *testing.T) {
			s := stageOf(t, 3, true, nil)
			s.proxy.Handle(func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodDelete && strings.HasSuffix(r.URL.Path, "/f001") && r.Header.Get("If-Match") != `"`+strings.Repeat("0", 32)+`"` {
					s.server.PutObject("bucket", "f001.stat", `{"new":1}`)
				}
				return handler != nil && handler(w, r)
			})
			storagetest.WantTold(t, storagetest.Delete(t, s.disk, s.victims), "f000 deleted+", "f001 deleted!", "f002 deleted+")
			storagetest.WantFiles(t, s.disk, "f001.stat?")
		})
	}
}

func TestANewFileKeepsItsStatWhereConditionsAreIgnored(t *testing.T) {
	s := stageOf(t, 2, true, nil)
	s.proxy.Handle(storagetest.IgnoreConditions)
	storagetest.Delete(t, s.disk, s.victims[:1])
	arrived := 0
	s.proxy.Handle(to("HEAD", "/f001", func(http.ResponseWriter, *http.Request) bool {
		if arrived++; arrived == 2 { // the look after the delete
			s.server.PutObject("bucket", "f001", "new")
		}
		return false
	}))
	storagetest.WantTold(t, storagetest.Delete(t, s.disk, s.victims[1:]), "f001 deleted!")
	storagetest.WantFiles(t, s.disk, "f001+")
}

func TestAFileReplacedWhileWaitingStays(t *testing.T) {
	s := stageOf(t, 31, false, func(c *s3.Config) { c.MaxAttempts = 3 })
	s.settle(t, storagetest.IgnoreConditions)
	slow := answer(503, xmlError("SlowDown", "Please reduce your request rate."))
	s.proxy.Handle(to("DELETE", "", times(1, func(w http.ResponseWriter, r *http.Request) bool {
		s.server.PutObject("bucket", "f030", "the new backup")
		return slow(w, r)
	}, storagetest.IgnoreConditions)))
	storagetest.WantTold(t, storagetest.Delete(t, s.disk, s.victims), "f030 changed!")
	s.stay(t)
}

func TestCancelledInTheMiddleEveryVerdictIsTrue(t *testing.T) {
	for name, handler := range map[string]func(*storagetest.Server) storagetest.Handler{
		"if-match": func(*storagetest.Server) storagetest.Handler { return nil },
		"ignores":  func(*storagetest.Server) storagetest.Handler { return storagetest.IgnoreConditions },
		"batches":  func(s *storagetest.Server) storagetest.Handler { return s.HonourBatches },
	} {
		t.Run(name, func(t *testing.T) {
			s := stageOf(t, 200, true, nil)
			inner := handler(s.server)
			s.settle(t, inner)
			cause := errors.New("shutting down")
			ctx, cancel := context.WithCancelCause(context.Background())
			s.proxy.Handle(func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodDelete && strings.HasSuffix(r.URL.Path, "/f150") || storagetest.IsBatch(r) {
					cancel(cause)
				}
				return inner != nil && inner(w, r)
			})
			deletions, err := s.disk.(storage.Deleter).Delete(ctx, s.victims)
			if !errors.Is(err, cause) {
				t.Errorf("got %v, want %v", err, cause)
			}
			s.wantTruth(t, deletions)
		})
	}
}

// wantTruth compares every verdict with the bucket.
func (s *stage) wantTruth(t *testing.T, deletions []storage.Deletion) {
	t.Helper()
	left := storagetest.Keys(storagetest.Collect(t, s.disk, storage.Listing{}))
	gone := 0
	for i, d := range deletions {
		there := slices.Contains(left, d.Key+"+")
		switch {
		case d.Key != s.victims[i].Key:
			t.Errorf("deletion %d is of %q, not of %q", i, d.Key, s.victims[i].Key)
		case d.Verdict == storage.Deleted && d.StatDeleted && d.Err == nil && !there:
			gone++
		case d.Verdict == storage.Failed && errors.Is(d.Err, storage.ErrNotTried) && there:
		default:
			t.Errorf("%q: %v, %v; is there: %t", d.Key, d.Verdict, d.Err, there)
		}
	}
	if len(deletions) != len(s.victims) || gone == 0 || gone == len(deletions) || count(left, "?") > 0 {
		t.Errorf("%d of %d gone, %d deletions, left %q", gone, len(s.victims), len(deletions), left)
	}
}

func TestTwoPurgersAtOnce(t *testing.T) {
	for name, handler := range map[string]func(*storagetest.Server) storagetest.Handler{
		"if-match": func(*storagetest.Server) storagetest.Handler { return nil },
		"ignores":  func(*storagetest.Server) storagetest.Handler { return storagetest.IgnoreConditions },
		"batches":  func(s *storagetest.Server) storagetest.Handler { return s.HonourBatches },
	} {
		t.Run(name, func(t *testing.T) {
			s := stageOf(t, 80, true, nil)
			s.server.PutObject("bucket", "keep", "kept")
			s.proxy.Handle(handler(s.server))
			config := configOf(s.server)
			config.Endpoint = s.proxy.URL
			disks := []storage.Disk{s.disk, newProvider(t, config).Disk("bucket")}
			results := make([][]storage.Deletion, 2)
			var both sync.WaitGroup
			for i, disk := range disks {
				both.Go(func() { results[i] = storagetest.Delete(t, disk, s.victims) })
			}
			both.Wait()
			for i := range s.victims {
				for _, d := range []storage.Deletion{results[0][i], results[1][i]} {
					if d.Verdict != storage.Deleted && d.Verdict != storage.Absent || d.Err != nil {
						t.Errorf("%q: %v, %v", d.Key, d.Verdict, d.Err)
					}
				}
				if results[0][i].Verdict == storage.Absent && results[1][i].Verdict == storage.Absent {
					t.Errorf("%q: nobody says that it deleted it", s.victims[i].Key)
				}
			}
			storagetest.WantFiles(t, s.disk, "keep")
		})
	}
}
