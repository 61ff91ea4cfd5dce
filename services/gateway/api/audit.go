package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/view"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/order"
)

const (
	// auditBytes is how large a part of the audit is at most: a record may hold
	// thousands of files.
	auditBytes = 4 << 20
	// auditSince is how far back the audit is read when nothing else is asked for.
	auditSince = "7d"
	// paramAfterSequence is where a part of the audit begins.
	paramAfterSequence = "after_sequence"
)

// auditAnswer is a part of the audit.
type auditAnswer struct {
	Records []json.RawMessage `json:"records"`
	// Unreadable counts the records that this version can't read.
	Unreadable int `json:"unreadable,omitempty"`
	// Next is the URL of the following part; missing after the last.
	Next string `json:"next,omitempty"`

	bytes int
	last  uint64
}

// audit answers with what was done, the oldest first.
func (a *API) audit(w http.ResponseWriter, r *request) error {
	filter, limit, err := auditFilter(r, time.Now())
	if err != nil {
		return err
	}
	answer := auditAnswer{Records: []json.RawMessage{}}
	for record, err := range a.bus.ReadAudit(r.Context(), filter) {
		if len(answer.Records) == limit || answer.bytes > auditBytes {
			answer.Next = nextAudit(r.URL.Query(), answer.last)
			break
		}
		switch {
		case err != nil && record.Sequence > 0:
			answer.Unreadable++
		case err != nil:
			return err
		default:
			if err := answer.add(record); err != nil {
				return err
			}
		}
		answer.last = record.Sequence
	}
	return writeJSON(w, http.StatusOK, answer)
}

func (a *auditAnswer) add(r bus.AuditRecord) error {
	text, err := json.Marshal(view.NewRecord(r))
	if err != nil {
		return fmt.Errorf("write audit record %d: %w", r.Sequence, err)
	}
	a.Records = append(a.Records, text)
	a.bytes += len(text)
	return nil
}

// nextAudit is the query of the part behind a record.
func nextAudit(query url.Values, last uint64) string {
	query.Del("since")
	query.Set(paramAfterSequence, strconv.FormatUint(last, 10))
	return prefix + "/audit?" + query.Encode()
}

// auditFilter reads what is asked for.
func auditFilter(r *request, now time.Time) (bus.AuditFilter, int, error) {
	p, err := r.parameters()
	if err != nil {
		return bus.AuditFilter{}, 0, err
	}
	filter := bus.AuditFilter{After: uint64(p.number(paramAfterSequence, 0, math.MaxInt)), Kinds: p.kinds()}
	if filter.Since, err = order.ParsePast(cmp.Or(p.text("since"), auditSince), now); err != nil {
		p.fail("since", "%v", err)
	}
	if p.values.Get("disk") != "" && p.values.Get("env") == "" {
		p.fail("disk", "needs the environment beside it (env)")
	}
	q, err := p.query("env", "disk", "limit")
	filter.Environment, filter.Disk = q.Environment, q.Disk
	return filter, cmp.Or(q.Limit, board.DefaultLimit), err
}

// kinds reads the kinds of audit records.
func (p *parameters) kinds() []bus.AuditKind {
	p.own = append(p.own, "kind")
	var kinds []bus.AuditKind
	var known []string
	byName := map[string]bus.AuditKind{}
	for _, k := range bus.AuditKinds() {
		known, byName[k.String()] = append(known, k.String()), k
	}
	for _, text := range p.values["kind"] {
		for word := range strings.SplitSeq(text, ",") {
			if kind, ok := byName[word]; ok {
				kinds = append(kinds, kind)
			} else if word != "" {
				p.fail("kind", "%q is no kind of record: %s", word, strings.Join(known, ", "))
			}
		}
	}
	return kinds
}
