package s3_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/s3"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

func TestTheWayToDeleteIsFoundOutOnce(t *testing.T) {
	const files = 60
	for name, test := range map[string]struct {
		handler                              func(*storagetest.Server) storagetest.Handler
		conditional, plain, batches          int // deletes of the first 30
		laterConditional, laterPlain, laterB int // and of the next 30
	}{
		"honours If-Match": { // batches are not even tried
			handler:     func(*storagetest.Server) storagetest.Handler { return nil },
			conditional: 2 + 29, laterConditional: 30,
		},
		"says Amazon, and ignores ETags in batches": { // the second probe takes its victim
			handler:     func(*storagetest.Server) storagetest.Handler { return amazon(nil) },
			conditional: 2 + 28, batches: 1, laterConditional: 30,
		},
		"ignores conditions": { // the probe takes its victim
			handler:     func(*storagetest.Server) storagetest.Handler { return storagetest.IgnoreConditions },
			conditional: 1, plain: 29, laterPlain: 30,
		},
		"refuses conditions": {
			handler: func(*storagetest.Server) storagetest.Handler {
				return func(w http.ResponseWriter, r *http.Request) bool {
					return r.Header.Get("If-Match") != "" && answer(501, xmlError("NotImplemented", "If-Match?"))(w, r)
				}
			},
			conditional: 1, plain: 30, laterPlain: 30,
		},
		"honours ETags in batches": { // both probes' victims are deleted singly after it
			handler:     func(s *storagetest.Server) storagetest.Handler { return s.HonourBatches },
			conditional: 2 + 1, batches: 1 + 1, laterB: 1,
		},
		"refuses batches": {
			handler: func(*storagetest.Server) storagetest.Handler {
				return amazon(to("POST", "", answer(400, xmlError("MissingContentMD5", "Missing required header: Content-MD5"))))
			},
			conditional: 2 + 29, batches: 1, laterConditional: 30,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := stageOf(t, files, false, nil)
			for half, want := range []struct{ conditional, plain, batches int }{
				{test.conditional, test.plain, test.batches}, {test.laterConditional, test.laterPlain, test.laterB},
			} {
				s.proxy.Handle(test.handler(s.server))
				deletions := storagetest.Delete(t, s.disk, s.victims[30*half:30*half+30])
				for _, d := range deletions {
					if d.Verdict != storage.Deleted || d.Err != nil {
						t.Errorf("%q: %v, %v", d.Key, d.Verdict, d.Err)
					}
				}
				seen := s.proxy.Seen()
				conditional := count(seen, " if")
				plain, batches := count(seen, "DELETE ")-conditional, count(seen, "POST ")
				if conditional != want.conditional || plain != want.plain || batches != want.batches {
					t.Errorf("calls of half %d: %d with If-Match, %d without, %d batches; want %+v", half, conditional, plain, batches, want)
				}
			}
			storagetest.WantFiles(t, s.disk)
		})
	}
}

func TestSingleDeletesTellTheTruth(t *testing.T) {
	s := stageOf(t, 50, false, nil)
	s.settle(t, nil)
	html := "<html><body>Please log in.</body></html>"
	for name, test := range map[string]struct {
		handler storagetest.Handler // of DELETE
		want    string
		err     error
	}{
		"an empty 200":        {answer(200, ""), "failed!", storage.ErrIncomplete},
		"a page of HTML":      {answer(200, html), "failed!", storage.ErrIncomplete},
		"accepted":            {answer(202, ""), "failed!", storage.ErrIncomplete},
		"a server's error":    {answer(500, xmlError("InternalError", "Oh no.")), "failed!", nil},
		"a bad request":       {answer(400, xmlError("KeyTooLongError", "Too long.")), "failed!", nil},
		"slow down":           {answer(503, xmlError("SlowDown", "Slow down.")), "failed!", storage.ErrSlowDown},
		"too many requests":   {answer(429, ""), "failed!", storage.ErrSlowDown},
		"no right":            {answer(403, xmlError("AccessDenied", "Access Denied")), "denied!", storage.ErrAccessDenied},
		"a lock of MinIO":     {answer(400, xmlError("InvalidRequest", "Object is WORM protected and cannot be overwritten")), "held!", nil},
		"a lock of Amazon":    {answer(403, xmlError("AccessDenied", "Access Denied because object protected by object lock.")), "held!", nil},
		"gone":                {answer(404, xmlError("NoSuchKey", "Gone.")), "absent", nil},
		"a bucket gone":       {answer(404, xmlError("NoSuchBucket", "Gone.")), "failed!", storage.ErrNotFound},
		"a condition failed":  {answer(412, xmlError("PreconditionFailed", "No.")), "changed!", nil},
		"a conflict":          {answer(409, xmlError("ConditionalRequestConflict", "Now?")), "changed!", nil},
		"a broken connection": {func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }, "failed!", io.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			s.next(1)
			s.proxy.Handle(to("DELETE", "", test.handler))
			deletions, err := s.delete()
			if !errors.Is(err, test.err) || test.err == nil && err != nil {
				t.Errorf("got %v, want %v", err, test.err)
			}
			storagetest.WantTold(t, deletions, s.victims[0].Key+" "+test.want)
			if errors.Is(deletions[0].Err, storage.ErrNotTried) {
				t.Errorf("got %v, but a delete was sent", deletions[0].Err)
			}
			s.proxy.Handle(nil)
			s.stay(t)
		})
	}
}

func TestAFileThatVanishesBetweenIsAbsent(t *testing.T) {
	s := stageOf(t, 31, false, nil)
	s.settle(t, nil)
	s.proxy.Handle(to("DELETE", "", func(w http.ResponseWriter, r *http.Request) bool {
		_, err := administrator(s.server).DeleteObject(context.Background(), &sdk.DeleteObjectInput{Bucket: aws.String("bucket"), Key: aws.String("f030")})
		return err == nil && answer(412, xmlError("PreconditionFailed", "No."))(w, r)
	}))
	storagetest.WantTold(t, storagetest.Delete(t, s.disk, s.victims), "f030 absent")
}

func TestBatchesTellTheTruth(t *testing.T) {
	deleted := func(key string) string { return "<Deleted><Key>" + key + "</Key></Deleted>" }
	result := func(inside string) string { return "<DeleteResult>" + inside + "</DeleteResult>" }
	refused := func(key, code, message string) string {
		return "<Error><Key>" + key + "</Key><Code>" + code + "</Code><Message>" + message + "</Message></Error>"
	}
	s := stageOf(t, 70, false, nil)
	s.settle(t, s.server.HonourBatches)
	for name, test := range map[string]struct {
		status int
		body   string // with {a}, {b} and {c} for the keys
		want   [3]string
		err    error
	}{
		"an empty 200":     {200, "", [3]string{"failed!", "failed!", "failed!"}, storage.ErrIncomplete},
		"an empty result":  {200, result(""), [3]string{"failed!", "failed!", "failed!"}, storage.ErrIncomplete},
		"a page of HTML":   {200, "<html></html>", [3]string{"failed!", "failed!", "failed!"}, storage.ErrIncomplete},
		"other keys":       {200, result(deleted("x") + deleted("{b}"+"x")), [3]string{"failed!", "failed!", "failed!"}, storage.ErrIncomplete},
		"some keys":        {200, result(deleted("{b}") + deleted("{a}")), [3]string{"deleted", "deleted", "failed!"}, storage.ErrIncomplete},
		"two answers":      {200, result(deleted("{a}") + deleted("{b}") + deleted("{c}") + refused("{b}", "InternalError", "")), [3]string{"deleted", "failed!", "deleted"}, storage.ErrIncomplete},
		"errors of keys":   {200, result(refused("{a}", "NoSuchKey", "") + refused("{b}", "InternalError", "Oh.") + refused("{c}", "InvalidRequest", "Object is WORM protected")), [3]string{"absent", "failed!", "held!"}, nil},
		"slow down":        {503, xmlError("SlowDown", ""), [3]string{"failed!", "failed!", "failed!"}, storage.ErrSlowDown},
		"slow down of one": {200, result(deleted("{a}") + deleted("{b}") + refused("{c}", "SlowDown", "")), [3]string{"deleted", "deleted", "failed!"}, storage.ErrSlowDown},
		"no right to one":  {200, result(deleted("{a}") + refused("{b}", "AccessDenied", "Access Denied") + deleted("{c}")), [3]string{"deleted", "denied!", "deleted"}, storage.ErrAccessDenied},
		"a conflict":       {200, result(deleted("{a}") + deleted("{b}") + refused("{c}", "ConditionalRequestConflict", "")), [3]string{"deleted", "deleted", "changed!"}, nil},
		"a marker":         {200, result("<Deleted><Key>{a}</Key><DeleteMarker>true</DeleteMarker></Deleted>" + deleted("{b}") + deleted("{c}")), [3]string{"hidden", "deleted", "deleted"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s.next(3)
			keys := strings.NewReplacer("{a}", s.victims[0].Key, "{b}", s.victims[1].Key, "{c}", s.victims[2].Key)
			s.proxy.Handle(to("POST", "", answer(test.status, keys.Replace(test.body))))
			deletions, err := s.delete()
			if !errors.Is(err, test.err) || test.err == nil && err != nil {
				t.Errorf("got %v, want %v", err, test.err)
			}
			storagetest.WantTold(t, deletions, s.victims[0].Key+" "+test.want[0], s.victims[1].Key+" "+test.want[1], s.victims[2].Key+" "+test.want[2])
		})
	}
}

func TestABatchThatComparesOtherwiseIsDoneSingly(t *testing.T) {
	s := stageOf(t, 36, false, nil)
	s.settle(t, s.server.HonourBatches)
	s.proxy.Handle(to("POST", "", func(w http.ResponseWriter, r *http.Request) bool {
		var b strings.Builder
		for _, victim := range s.victims {
			b.WriteString("<Error><Key>" + victim.Key + "</Key><Code>PreconditionFailed</Code></Error>")
		}
		return answer(200, "<DeleteResult>"+b.String()+"</DeleteResult>")(w, r)
	}))
	for _, d := range storagetest.Delete(t, s.disk, s.victims) {
		if d.Verdict != storage.Deleted {
			t.Errorf("%q: %v, %v", d.Key, d.Verdict, d.Err)
		}
	}
	storagetest.WantFiles(t, s.disk)
}

func TestSlowDownIsWaitedFor(t *testing.T) {
	s := stageOf(t, 31, false, func(c *s3.Config) { c.MaxAttempts = 3 })
	s.settle(t, nil)
	slow := answer(503, xmlError("SlowDown", "Please reduce your request rate."))
	s.proxy.Handle(to("DELETE", "", times(1, slow, nil)))
	storagetest.WantTold(t, storagetest.Delete(t, s.disk, s.victims), "f030 deleted")
	seen := s.proxy.Seen()
	if heads := count(seen, "HEAD /bucket/f030"); heads != 4 {
		t.Errorf("%d looks, want the file and its .stat before either attempt: %q", heads, seen)
	}
}

func TestAStatThatMayNotGoStopsTheWhole(t *testing.T) {
	s := stageOf(t, 60, true, nil)
	s.settle(t, nil)
	s.proxy.Handle(to("DELETE", ".stat", answer(403, xmlError("AccessDenied", "Access Denied"))))
	deletions, err := s.delete()
	orphans := count(storagetest.Told(deletions), "deleted!")
	if !errors.Is(err, storage.ErrAccessDenied) || orphans == 0 || orphans > 8 {
		t.Errorf("%d orphans, %v; want access denied and no more orphans than workers", orphans, err)
	}
}

func TestAHangingDeleteIsUnknown(t *testing.T) {
	s := stageOf(t, 31, false, func(c *s3.Config) { c.RequestTimeout = 400 * time.Millisecond })
	s.settle(t, nil)
	s.proxy.Handle(to("DELETE", "", func(_ http.ResponseWriter, r *http.Request) bool {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
		return true
	}))
	deletions, err := s.delete()
	if !errors.Is(err, storage.ErrTimeout) || errors.Is(deletions[0].Err, storage.ErrNotTried) {
		t.Errorf("got %v and %v, want storage.ErrTimeout", err, deletions[0].Err)
	}
	storagetest.WantTold(t, deletions, "f030 failed!")
}

func TestAServerThatIsAwayDeletesNothing(t *testing.T) {
	disk := newProvider(t, s3.Config{
		Endpoint: "http://127.0.0.1:1", ForcePathStyle: true, AccessKeyID: "a", SecretAccessKey: "b", MaxAttempts: 1,
	}).Disk("bucket")
	deletions, err := disk.(storage.Deleter).Delete(context.Background(), []storage.Victim{{Key: "a", ETag: "x"}, {Key: "b", ETag: "x"}})
	if err == nil {
		t.Error("got no error")
	}
	storagetest.WantTold(t, deletions, "a failed!", "b failed!")
	for _, d := range deletions {
		if !errors.Is(d.Err, storage.ErrNotTried) {
			t.Errorf("%q: got %v, want storage.ErrNotTried", d.Key, d.Err)
		}
	}
}

// XML 1.0 can't hold these keys: a batch would delete another key or none.
func TestKeysThatXMLCannotHoldGoSingly(t *testing.T) {
	s := stageOf(t, 40, false, nil)
	s.settle(t, s.server.HonourBatches)
	client, ctx, odd := administrator(s.server), context.Background(), []string{"a\x01b", "a\rb", "a\uffffb", "a\x7fb"}
	for _, key := range odd {
		s.server.PutObject("bucket", key, "odd")
		head, err := client.HeadObject(ctx, &sdk.HeadObjectInput{Bucket: aws.String("bucket"), Key: &key})
		if err != nil {
			t.Fatalf("%q: %v", key, err)
		}
		s.victims = append(s.victims, storage.Victim{
			Key: key, Size: *head.ContentLength, ModifiedAt: *head.LastModified, ETag: strings.Trim(*head.ETag, `"`),
		})
	}
	s.proxy.Handle(s.server.HonourBatches)
	for _, d := range storagetest.Delete(t, s.disk, s.victims) {
		if d.Verdict != storage.Deleted {
			t.Errorf("%q: %v, %v", d.Key, d.Verdict, d.Err)
		}
	}
	seen := s.proxy.Seen()
	if count(seen, "DELETE /bucket/a") != 3 || count(seen, "POST") != 1 {
		t.Errorf("%d single deletes, %d batches; want 3, 1", count(seen, "DELETE /bucket/a"), count(seen, "POST"))
	}
	storagetest.WantFiles(t, s.disk)
}

func TestDeleteOf2500Files(t *testing.T) {
	s := stageOf(t, 2500, false, nil)
	s.proxy.Handle(s.server.HonourBatches)
	deletions := storagetest.Delete(t, s.disk, s.victims)
	for i, d := range deletions {
		if d.Verdict != storage.Deleted || d.Err != nil || d.Key != s.victims[i].Key {
			t.Fatalf("%q: %v, %v", d.Key, d.Verdict, d.Err)
		}
	}
	if batches := count(s.proxy.Seen(), "POST"); batches != 1+25 {
		t.Errorf("%d batches, want a probe and 25", batches)
	}
	storagetest.WantFiles(t, s.disk)
}
