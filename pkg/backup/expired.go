package backup

import (
	"fmt"
	"slices"
	"strings"
)

// maxExpiredBytes bounds the size that the list of expired files takes in an
// event, counted as key plus fixed fields.
const (
	maxExpiredBytes   = 512 << 10
	expiredFieldBytes = 160
)

// expiredFacts lists what may go: the oldest files first, bounded in number and
// bytes, with the totals of all beside.
func (t *tally) expiredFacts() ExpiredFacts {
	facts := ExpiredFacts{Count: t.expired.count, Bytes: t.expired.bytes}
	files := slices.Clone(t.expired.files.items)
	slices.SortFunc(files, compare)
	budget := maxExpiredBytes
	for _, d := range files[:min(len(files), MaxExpiredFiles)] {
		budget -= len(d.Key) + expiredFieldBytes
		if budget < 0 {
			break
		}
		facts.Files = append(facts.Files, ExpiredFile{
			Key: d.Key, Size: d.Size, ModifiedAt: d.ModifiedAt, ETag: d.ETag, Time: d.Time, HasStat: d.StatRef.Found,
			Reason: t.rule.whyExpired(d),
		})
	}
	return facts
}

// whyExpired says in words why no clause keeps a file. It holds no age, so that
// the sentence stays true until the status is published again.
func (rule *Rule) whyExpired(d *Dated) string {
	r := rule.Retention
	parts := []string{"of " + rule.when(d.Time)}
	if !rule.Good(d.Size) {
		return strings.Join(append(parts, "not good itself ("+FormatSize(d.Size)+")", "older than all good ones that are kept"), ", ")
	}
	if !r.clauses() {
		parts = append(parts, "not the newest")
	}
	if r.Count > 0 {
		parts = append(parts, fmt.Sprintf("beyond the %d newest", r.Count))
	}
	if !r.Keep.IsZero() {
		parts = append(parts, "no keep rule holds it")
	}
	if r.Age > 0 {
		parts = append(parts, "older than "+FormatDuration(r.Age))
	}
	return strings.Join(parts, ", ")
}
