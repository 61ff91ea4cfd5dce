package storage

import (
	"context"
	"fmt"
	"strings"
)

// Pairer joins each ".stat" file of a sorted listing to the file that it belongs
// to. It is a stage between the pages of a storage whose keys come in byte order
// and the visitor of Disk.List.
//
// "x.gz.stat" follows "x.gz", but not always at once: "x.gz-1" lies between. A
// file is therefore held back until its .stat has come or can't come any more.
// Every file held back is a prefix of the key at hand, so that there are never
// more of them than a key has bytes, whatever the disk's size; and they form a
// stack, since the longer of two such files always has the lesser .stat key. The
// price is that a file may be passed on after files of greater keys.
//
// A file whose .stat may lie beyond the range's end, and a .stat whose file may
// lie before its beginning, are looked up singly: a handful at most, for the same
// reason.
//
// Listings without order (S3 directory buckets) can't be paired so.
type Pairer struct {
	listing Listing
	lookup  func(ctx context.Context, key string) (Entry, bool, error)
	held    []Entry // files that wait for their .stat, each a prefix of the next
	out     []Entry // the page to pass on
}

// NewPairer returns a Pairer for one pass over the range. The function lookup
// tells of one key whether it exists, in the range or not.
func NewPairer(listing Listing, lookup func(ctx context.Context, key string) (Entry, bool, error)) *Pairer {
	return &Pairer{listing: listing, lookup: lookup}
}

// Page takes the next entries, sorted by key, all of them in the range, and
// returns those whose pairing is settled. The result is valid until the next call.
func (p *Pairer) Page(ctx context.Context, entries []Entry) ([]Entry, error) {
	p.out = p.out[:0]
	for i := range entries {
		if err := p.add(ctx, &entries[i]); err != nil {
			return nil, err
		}
	}
	return p.out, nil
}

// End returns what is still held back when the range has been listed to its end.
func (p *Pairer) End(ctx context.Context) ([]Entry, error) {
	p.out = p.out[:0]
	for _, file := range p.held {
		if err := p.settle(ctx, &file); err != nil {
			return nil, err
		}
		p.out = append(p.out, file)
	}
	p.held = p.held[:0]
	return p.out, nil
}

func (p *Pairer) add(ctx context.Context, entry *Entry) error {
	p.release(entry.Key)
	switch {
	case strings.HasSuffix(entry.Key, StatSuffix):
		return p.addStat(ctx, entry)
	case strings.HasSuffix(entry.Key, "/"):
		p.out = append(p.out, *entry)
	default:
		p.held = append(p.held, *entry)
	}
	return nil
}

// release passes on the files whose .stat would lie before key.
func (p *Pairer) release(key string) {
	for n := len(p.held); n > 0 && statIsBefore(p.held[n-1].Key, key); n-- {
		p.out = append(p.out, p.held[n-1])
		p.held = p.held[:n-1]
	}
}

// statIsBefore tells whether file's .stat sorts before key, which is greater
// than file.
func statIsBefore(file, key string) bool {
	rest, inside := strings.CutPrefix(key, file)
	return !inside || rest > StatSuffix
}

func (p *Pairer) addStat(ctx context.Context, entry *Entry) error {
	base := strings.TrimSuffix(entry.Key, StatSuffix)
	if n := len(p.held); n > 0 && p.held[n-1].Key == base {
		p.held[n-1].Stat = statRefOf(entry)
		return nil
	}
	known, err := p.existsOutside(ctx, base)
	if err != nil || known {
		return err
	}
	orphan := *entry
	orphan.Orphan = true
	p.out = append(p.out, orphan)
	return nil
}

// existsOutside tells whether base is a file that this range does not hold, so
// that another range pairs it.
func (p *Pairer) existsOutside(ctx context.Context, base string) (bool, error) {
	if !MayHaveStat(base) || base > p.listing.After && strings.HasPrefix(base, p.listing.Prefix) {
		return false, nil
	}
	_, found, err := p.lookup(ctx, base)
	if err != nil {
		return false, fmt.Errorf("look for %q: %w", base, err)
	}
	return found, nil
}

// settle looks beyond the end of the range for the .stat of a file in it.
func (p *Pairer) settle(ctx context.Context, file *Entry) error {
	key := file.Key + StatSuffix
	if p.listing.Until == "" || key <= p.listing.Until {
		return nil
	}
	stat, found, err := p.lookup(ctx, key)
	if err != nil {
		return fmt.Errorf("look for %q: %w", key, err)
	}
	if found {
		file.Stat = statRefOf(&stat)
	}
	return nil
}

// MayHaveStat tells whether a key can be that of a file with a .stat file:
// directory markers and .stat files themselves have none.
func MayHaveStat(key string) bool {
	return key != "" && !strings.HasSuffix(key, "/") && !strings.HasSuffix(key, StatSuffix)
}

func statRefOf(entry *Entry) StatRef {
	return StatRef{Found: true, ETag: entry.ETag, Size: entry.Size, ModifiedAt: entry.ModifiedAt}
}
