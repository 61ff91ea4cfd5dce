package storagetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/storage"
)

// OpenContract runs every clause that holds for all disks whose files can be read
// as streams, and lent by a URL or not. The functions are those of DeleteContract.
func OpenContract(t *testing.T, newGround func(t *testing.T, files []File) Ground, gone func(t *testing.T) storage.Disk) {
	c := opens{newGround: newGround, gone: gone}
	for name, clause := range map[string]func(*testing.T){
		"a whole file":                                     c.whole,
		"each part":                                        c.parts,
		"a part that begins beyond the end":                c.beyond,
		"an empty file":                                    c.empty,
		"what is looked at is what is opened":              c.stat,
		"a file that isn't there is not found":             c.nothing,
		"a disk that isn't there is not found":             c.notThere,
		"a folder is not found":                            c.folder,
		"strange names":                                    c.strangeNames,
		"a mark of this version opens it":                  c.sameMark,
		"a file that was replaced has changed":             c.replaced,
		"a mark never changes by itself":                   c.steadyMark,
		"a large file comes byte by byte as it is":         c.large,
		"a cancelled context opens nothing":                c.cancelled,
		"a cancelled context ends the reading":             c.cancelledMidway,
		"reading may end early":                            c.closedEarly,
		"a presigned URL gives the file, or there is none": c.presigned,
	} {
		t.Run(name, clause)
	}
}

type opens struct {
	newGround func(t *testing.T, files []File) Ground
	gone      func(t *testing.T) storage.Disk
}

// Open opens a file of a disk that can, and reads what was asked for.
func Open(t testing.TB, disk storage.Disk, key string, part storage.Part) (string, storage.Info) {
	t.Helper()
	content, err := disk.(storage.Opener).Open(context.Background(), key, part)
	if err != nil {
		t.Fatalf("open %q: %v", key, err)
	}
	defer content.Close()
	data, err := io.ReadAll(content)
	if err != nil {
		t.Fatalf("read %q: %v", key, err)
	}
	if int64(len(data)) != content.Length {
		t.Errorf("%q: %d bytes came, %d were promised", key, len(data), content.Length)
	}
	return string(data), content.Info
}

// Stat looks at a file of a disk that can be opened.
func Stat(t testing.TB, disk storage.Disk, key string) storage.Info {
	t.Helper()
	info, err := disk.(storage.Opener).Stat(context.Background(), key)
	if err != nil {
		t.Fatalf("stat %q: %v", key, err)
	}
	return info
}

// wantError opens a file and looks at it where no part is asked for; both must fail.
func wantError(t testing.TB, disk storage.Disk, key string, part storage.Part, want error) {
	t.Helper()
	content, err := disk.(storage.Opener).Open(context.Background(), key, part)
	if err == nil {
		content.Close()
	}
	if !errors.Is(err, want) || !strings.Contains(err.Error(), fmt.Sprintf("open %q in ", key)) {
		t.Errorf("open %q, %+v: got %v, want %v", key, part, err, want)
	}
	if part != (storage.Part{}) {
		return
	}
	if _, err := disk.(storage.Opener).Stat(context.Background(), key); !errors.Is(err, want) || !strings.Contains(err.Error(), fmt.Sprintf("look at %q in ", key)) {
		t.Errorf("stat %q: got %v, want %v", key, err, want)
	}
}

var whenOpened = time.Date(2026, 1, 14, 4, 0, 0, 0, time.UTC)

func (c opens) digits(t *testing.T) storage.Disk {
	t.Helper()
	return c.newGround(t, []File{{Key: "dir/file", Content: "0123456789", ModifiedAt: whenOpened}}).Disk
}

func (c opens) whole(t *testing.T) {
	data, info := Open(t, c.digits(t), "dir/file", storage.Part{})
	if data != "0123456789" || info.Size != 10 || !info.ModifiedAt.Equal(whenOpened) || info.ETag == "" {
		t.Errorf("got %q, %+v", data, info)
	}
}

func (c opens) parts(t *testing.T) {
	disk := c.digits(t)
	for part, want := range map[storage.Part]string{
		{Length: 1}:                    "0",
		{Length: 10}:                   "0123456789",
		{Length: 11}:                   "0123456789",
		{Offset: 3}:                    "3456789",
		{Offset: 3, Length: 4}:         "3456",
		{Offset: 9}:                    "9",
		{Offset: 9, Length: 1 << 62}:   "9",
		{Offset: 5, Length: 1<<63 - 1}: "56789",
	} {
		data, info := Open(t, disk, "dir/file", part)
		if data != want || info.Size != 10 {
			t.Errorf("%+v: got %q of %d, want %q of 10", part, data, info.Size, want)
		}
	}
}

func (c opens) beyond(t *testing.T) {
	disk := c.digits(t)
	for _, part := range []storage.Part{
		{Offset: 10}, {Offset: 10, Length: 1}, {Offset: 11}, {Offset: 1<<63 - 1}, {Offset: -1}, {Length: -1},
	} {
		wantError(t, disk, "dir/file", part, storage.ErrRange)
	}
}

func (c opens) empty(t *testing.T) {
	disk := c.newGround(t, []File{{Key: "empty"}}).Disk
	if data, info := Open(t, disk, "empty", storage.Part{}); data != "" || info.Size != 0 || info.ETag == "" {
		t.Errorf("got %q, %+v", data, info)
	}
	for _, part := range []storage.Part{{Length: 1}, {Offset: 1}} {
		wantError(t, disk, "empty", part, storage.ErrRange)
	}
}

func (c opens) stat(t *testing.T) {
	disk := c.digits(t)
	stat := Stat(t, disk, "dir/file")
	for _, part := range []storage.Part{{}, {Offset: 2}, {Length: 2}} {
		if _, info := Open(t, disk, "dir/file", part); info != stat {
			t.Errorf("%+v: opened %+v, looked at %+v", part, info, stat)
		}
	}
}

func (c opens) nothing(t *testing.T) {
	disk := c.digits(t)
	for _, key := range []string{"", "nothing", "dir/nothing", "dir/file/below"} {
		wantError(t, disk, key, storage.Part{}, storage.ErrNotFound)
		wantError(t, disk, key, storage.Part{Offset: 1, Length: 2}, storage.ErrNotFound)
	}
}

func (c opens) notThere(t *testing.T) {
	wantError(t, c.gone(t), "file", storage.Part{}, storage.ErrNotFound)
}

func (c opens) folder(t *testing.T) {
	wantError(t, c.digits(t), "dir", storage.Part{}, storage.ErrNotFound)
}

// strangeNames are those that a server, a proxy or a URL could take for others.
func strangeNames() []string {
	return []string{
		"new\nline", "back\\slash", "sp ace", "plus+plus", "per%20cent", "%", "uml\u00e4ut", "emoji\U0001F600", "quo\"te's",
		"<tag>&amp;", "..name", "a=b?c#d", "tab\there", "${var}", "*", "rtl\u202egpj.exe", "a;b,c", "d/\u00e4/ \U0001F600 +",
	}
}

func (c opens) strangeNames(t *testing.T) {
	disk := c.newGround(t, named(strangeNames()...)).Disk
	for _, key := range strangeNames() {
		if data, _ := Open(t, disk, key, storage.Part{Offset: 1}); data != "ontent of "+key {
			t.Errorf("%q: got %q", key, data)
		}
		if info := Stat(t, disk, key); info.Size != int64(len("content of "+key)) {
			t.Errorf("%q: %d bytes", key, info.Size)
		}
	}
}

func (c opens) sameMark(t *testing.T) {
	disk := c.digits(t)
	part := storage.Part{Offset: 4, Length: 3, ETag: Stat(t, disk, "dir/file").ETag}
	if data, _ := Open(t, disk, "dir/file", part); data != "456" {
		t.Errorf("got %q", data)
	}
	part.ETag = "another"
	wantError(t, disk, "dir/file", part, storage.ErrChanged)
}

// replaced: of the same size, so that nothing but the mark tells.
func (c opens) replaced(t *testing.T) {
	ground := c.newGround(t, named("x"))
	old := Stat(t, ground.Disk, "x")
	ground.Lay(File{Key: "x", Content: "CONTENT of x"})
	for _, part := range []storage.Part{{ETag: old.ETag}, {Offset: 4, ETag: old.ETag}} {
		wantError(t, ground.Disk, "x", part, storage.ErrChanged)
	}
	if data, info := Open(t, ground.Disk, "x", storage.Part{}); data != "CONTENT of x" || info.ETag == old.ETag {
		t.Errorf("got %q, %+v after %+v", data, info, old)
	}
}

func (c opens) steadyMark(t *testing.T) {
	ground := c.newGround(t, named("x", "y"))
	before := Stat(t, ground.Disk, "x")
	Open(t, ground.Disk, "x", storage.Part{})
	ground.Lay(File{Key: "y", Content: "another"})
	if after := Stat(t, ground.Disk, "x"); after != before {
		t.Errorf("got %+v after %+v", after, before)
	}
}

func (c opens) large(t *testing.T) {
	var text strings.Builder
	for i := 0; text.Len() < 3<<20; i++ {
		fmt.Fprintf(&text, "%d,", i)
	}
	want := text.String()
	disk := c.newGround(t, []File{{Key: "large", Content: want}}).Disk
	for _, part := range []storage.Part{{}, {Offset: 1 << 20}, {Offset: 1<<20 + 1, Length: 1<<20 - 7}} {
		from, to := part.Offset, int64(len(want))
		if part.Length > 0 {
			to = from + part.Length
		}
		if data, _ := Open(t, disk, "large", part); data != want[from:to] {
			t.Errorf("%+v: %d bytes that differ", part, len(data))
		}
	}
}

func (c opens) cancelled(t *testing.T) {
	disk := c.digits(t)
	cause := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(cause)
	if _, err := disk.(storage.Opener).Open(ctx, "dir/file", storage.Part{}); !errors.Is(err, cause) {
		t.Errorf("open: got %v, want %v", err, cause)
	}
	if _, err := disk.(storage.Opener).Stat(ctx, "dir/file"); !errors.Is(err, cause) {
		t.Errorf("stat: got %v, want %v", err, cause)
	}
}

func (c opens) cancelledMidway(t *testing.T) {
	disk := c.newGround(t, []File{{Key: "large", Content: strings.Repeat("x", 8<<20)}}).Disk
	cause := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(context.Background())
	content, err := disk.(storage.Opener).Open(ctx, "large", storage.Part{})
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if _, err := io.ReadFull(content, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	cancel(cause)
	if n, err := io.Copy(io.Discard, content); !errors.Is(err, cause) {
		t.Errorf("after %d bytes: got %v, want %v", n, err, cause)
	}
}

func (c opens) closedEarly(t *testing.T) {
	disk := c.newGround(t, []File{{Key: "large", Content: strings.Repeat("x", 4<<20)}}).Disk
	for range 3 {
		content, err := disk.(storage.Opener).Open(context.Background(), "large", storage.Part{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(content, make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
		if err := content.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}

// presigned fetches as everyone can who has the URL.
func (c opens) presigned(t *testing.T) {
	disk := c.newGround(t, named(strangeNames()...)).Disk
	for _, key := range strangeNames() {
		const disposition = `attachment; filename="x.gz"; filename*=UTF-8''%C3%A4.gz`
		url, err := disk.(storage.Presigner).Presign(context.Background(), key, storage.Loan{
			Expiry: time.Minute, Disposition: disposition, Type: "application/octet-stream",
		})
		if errors.Is(err, storage.ErrNoPresign) && strings.Contains(err.Error(), fmt.Sprintf("presign %q in ", key)) {
			continue
		}
		if err != nil {
			t.Fatalf("presign %q: %v", key, err)
		}
		response, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK || string(data) != "content of "+key {
			t.Errorf("%q: %s, %v: %q", key, response.Status, err, data)
		}
		if got := response.Header.Get("Content-Disposition"); got != disposition {
			t.Errorf("%q: Content-Disposition is %q", key, got)
		}
	}
}
