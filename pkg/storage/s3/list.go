package s3

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/backmon/backmon/pkg/storage"
)

const (
	directoryBucket = "--x-s3" // how the names of directory buckets end
	maxEmptyPages   = 1000     // in a row: many deleted versions make some, a loop makes more
)

var errUnordered = errors.New("directory buckets are not supported: their listings have no order")

// List reads the bucket's pages of 1,000 keys one after the other. An answer
// without an explicit end, cut in the middle, out of order or repeating itself is
// storage.ErrIncomplete. A file may come after some of greater keys (see
// storage.Pairer). Cost.Requests counts every attempt.
func (d *Disk) List(ctx context.Context, listing storage.Listing, visit func([]storage.Entry) error) (storage.Cost, error) {
	began := time.Now()
	run := d.newListing(listing, visit)
	err := run.pages(ctx)
	run.cost.Requests = run.reader.requests
	run.cost.Elapsed = time.Since(began)
	if err != nil {
		return run.cost, fmt.Errorf("list bucket %q: %w", d.name, err)
	}
	return run.cost, nil
}

// listing is one listing under way.
type listing struct {
	disk   *Disk
	scope  storage.Listing
	visit  func([]storage.Entry) error
	reader *pageReader
	pairer *storage.Pairer
	cost   storage.Cost

	token string // of the page under way
	last  string // the greatest key so far
	empty int    // pages without a key in a row
}

func (d *Disk) newListing(scope storage.Listing, visit func([]storage.Entry) error) *listing {
	l := &listing{
		disk: d, scope: scope, visit: visit,
		reader: &pageReader{client: d.provider.client},
	}
	l.pairer = storage.NewPairer(scope, l.lookup)
	return l
}

func (l *listing) pages(ctx context.Context) error {
	if strings.HasSuffix(l.disk.name, directoryBucket) {
		return errUnordered
	}
	for more := true; more; {
		if err := l.disk.readPage(ctx, l.reader, l.input()); err != nil {
			return err
		}
		var err error
		if more, err = l.page(ctx, &l.reader.page); err != nil {
			return err
		}
	}
	rest, err := l.pairer.End(ctx)
	if err != nil {
		return err
	}
	return l.pass(ctx, rest)
}

func (l *listing) input() *s3.ListObjectsV2Input {
	input := &s3.ListObjectsV2Input{Bucket: &l.disk.name, EncodingType: types.EncodingTypeUrl}
	if l.scope.Prefix != "" {
		input.Prefix = &l.scope.Prefix
	}
	if l.token != "" {
		input.ContinuationToken = aws.String(l.token)
	} else if l.scope.After != "" {
		input.StartAfter = &l.scope.After
	}
	return input
}

// page passes a page on and tells whether another one is needed.
func (l *listing) page(ctx context.Context, p *page) (more bool, err error) {
	inside, end, err := l.inScope(p.entries)
	if err != nil {
		return false, err
	}
	paired, err := l.pairer.Page(ctx, inside)
	if err != nil {
		return false, err
	}
	if err := l.pass(ctx, paired); err != nil || end || !p.truncated {
		return false, err
	}
	return true, l.advance(p)
}

// inScope checks the order of the keys and leaves out those that the server sent
// though they weren't asked for. The end is reached when a key lies beyond it.
func (l *listing) inScope(entries []storage.Entry) (inside []storage.Entry, end bool, err error) {
	inside = entries[:0]
	for _, entry := range entries {
		if entry.Key <= l.last {
			return nil, false, &incomplete{fmt.Errorf("key %q follows %q", entry.Key, l.last)}
		}
		l.last = entry.Key
		if l.scope.Until != "" && entry.Key > l.scope.Until {
			return inside, true, nil
		}
		if l.scope.Has(entry.Key) {
			inside = append(inside, entry)
		}
	}
	return inside, false, nil
}

func (l *listing) pass(ctx context.Context, entries []storage.Entry) error {
	if len(entries) == 0 {
		return ctx.Err()
	}
	l.cost.Objects += int64(len(entries))
	return l.visit(entries)
}

// advance goes to the next page.
func (l *listing) advance(p *page) error {
	l.empty++
	if len(p.entries) > 0 {
		l.empty = 0
	}
	switch {
	case p.next == "":
		return &incomplete{errors.New("a page without the token of the next one")}
	case p.next == l.token:
		return &incomplete{errors.New("a page follows itself")}
	case l.empty > maxEmptyPages:
		return &incomplete{errors.New("nothing but empty pages")}
	}
	l.token = p.next
	return nil
}

// lookup asks for a single key by a listing, which needs no other right.
func (l *listing) lookup(ctx context.Context, key string) (storage.Entry, bool, error) {
	single := &pageReader{client: l.disk.provider.client}
	err := l.disk.readPage(ctx, single, &s3.ListObjectsV2Input{
		Bucket: &l.disk.name, Prefix: &key, MaxKeys: aws.Int32(1), EncodingType: types.EncodingTypeUrl,
	})
	l.reader.requests += single.requests
	if err != nil || len(single.page.entries) == 0 || single.page.entries[0].Key != key {
		return storage.Entry{}, false, err
	}
	return single.page.entries[0], true, nil
}

// readPage reads one page.
func (d *Disk) readPage(ctx context.Context, reader *pageReader, input *s3.ListObjectsV2Input) error {
	return d.provider.call(ctx, d.name, func(ctx context.Context, set func(*s3.Options)) error {
		return reader.read(ctx, set, input)
	})
}
