package storage_test

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/backmon/backmon/pkg/storage"
)

func TestPartOf(t *testing.T) {
	for _, c := range []struct {
		part storage.Part
		size int64
		want int64
		err  error
	}{
		{storage.Part{}, 0, 0, nil},
		{storage.Part{}, 10, 10, nil},
		{storage.Part{ETag: "x"}, 10, 10, nil},
		{storage.Part{Offset: 3}, 10, 7, nil},
		{storage.Part{Offset: 9}, 10, 1, nil},
		{storage.Part{Length: 4}, 10, 4, nil},
		{storage.Part{Offset: 3, Length: 4}, 10, 4, nil},
		{storage.Part{Offset: 3, Length: 8}, 10, 7, nil},
		{storage.Part{Offset: 3, Length: math.MaxInt64}, 10, 7, nil},
		{storage.Part{Offset: 10}, 10, 0, storage.ErrRange},
		{storage.Part{Offset: math.MaxInt64, Length: math.MaxInt64}, 10, 0, storage.ErrRange},
		{storage.Part{Length: 1}, 0, 0, storage.ErrRange},
		{storage.Part{Offset: -1}, 10, 0, storage.ErrRange},
		{storage.Part{Offset: 1, Length: -1}, 10, 0, storage.ErrRange},
		{storage.Part{Offset: math.MinInt64}, 10, 0, storage.ErrRange},
	} {
		if got, err := c.part.Of(c.size); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%+v of %d bytes: got %d, %v; want %d, %v", c.part, c.size, got, err, c.want, c.err)
		}
	}
}

// Content must give just what was promised, whatever a body does.
func TestContent(t *testing.T) {
	const text = "0123456789"
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		body   io.Reader
		length int64
		want   string
		err    error
	}{
		"just so":                   {strings.NewReader(text), 10, text, nil},
		"the end with the last":     {iotest.DataErrReader(strings.NewReader(text)), 10, text, nil},
		"byte by byte":              {iotest.OneByteReader(strings.NewReader(text)), 10, text, nil},
		"empty":                     {strings.NewReader(""), 0, "", nil},
		"more than was promised":    {strings.NewReader(text), 4, "0123", nil},
		"less":                      {strings.NewReader(text), 11, text, storage.ErrCut},
		"less, told with the last":  {iotest.DataErrReader(strings.NewReader(text)), 11, text, storage.ErrCut},
		"nothing":                   {strings.NewReader(""), 1, "", storage.ErrCut},
		"an error in the middle":    {io.MultiReader(strings.NewReader("0123"), iotest.ErrReader(broken)), 10, "0123", broken},
		"an error behind its end":   {io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), 10, text, nil},
		"an error instead of bytes": {iotest.ErrReader(broken), 10, "", broken},
	} {
		t.Run(name, func(t *testing.T) {
			content := storage.NewContent(storage.Info{}, c.length, io.NopCloser(c.body))
			data, err := io.ReadAll(content)
			if string(data) != c.want || !errors.Is(err, c.err) {
				t.Errorf("got %q, %v; want %q, %v", data, err, c.want, c.err)
			}
		})
	}
}
