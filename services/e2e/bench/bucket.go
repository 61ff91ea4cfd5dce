package main

import (
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

const definitionsKey = "backup_definitions.yaml"

const definitions = `directories:
  databases/{{client}}:
    alias: databases
    defaults:
      schedule: 0 2 * * *
      retention-count: 30
      retention-age: 30d
    files:
      postgres-%Y%M%D.gz:
        alias: postgres
`

// pageSize is the most keys that S3 answers a listing with.
const pageSize = 1000

// bucket is a bucket whose keys are computed from their number, in byte order:
// the definitions, then a dump for each client and day, then logs.
type bucket struct{ clients, days, logs int }

func (b bucket) len() int { return 1 + b.clients*b.days + b.logs }

// dates are the days of the dumps, the last being today.
func (b bucket) dates() []string {
	dates := make([]string, b.days)
	for i := range dates {
		dates[i] = time.Now().UTC().AddDate(0, 0, i-b.days+1).Format("20060102")
	}
	return dates
}

// handler serves a bucket named big, read-only and without authentication: as
// much of S3 as a listing and a download need.
type handler struct {
	bucket
	days    []string
	latency time.Duration
	pages   sync.Map // start to page: the server must not be what is measured
}

func newHandler(b bucket, latency time.Duration) *handler {
	return &handler{bucket: b, days: b.dates(), latency: latency}
}

func (h *handler) key(i int) string {
	switch {
	case i == 0:
		return definitionsKey
	case i <= h.clients*len(h.days):
		return fmt.Sprintf("databases/client-%06d/postgres-%s.gz", (i-1)/len(h.days), h.days[(i-1)%len(h.days)])
	default:
		return fmt.Sprintf("logs/app/%08d.log", i-1-h.clients*len(h.days))
	}
}

// after is the number of the first key greater than a given one.
func (h *handler) after(key string) int {
	return sort.Search(h.len(), func(i int) bool { return h.key(i) > key })
}

// ServeHTTP answers after the latency.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.latency > 0 {
		timer := time.NewTimer(h.latency)
		<-timer.C
	}
	path, query := strings.TrimSuffix(r.URL.Path, "/"), r.URL.Query()
	w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
	switch {
	case path == "/big" && query.Get("list-type") == "2":
		h.list(w, query)
	case path == "/big/"+definitionsKey:
		fmt.Fprint(w, definitions)
	default:
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `<Error><Code>NoSuchKey</Code><Message>there is none</Message></Error>`)
	}
}

func (h *handler) list(w http.ResponseWriter, query url.Values) {
	start := 0
	if token := query.Get("continuation-token"); token != "" {
		start, _ = strconv.Atoi(token)
	} else if after := query.Get("start-after"); after != "" {
		start = h.after(after)
	}
	w.Header().Set("Content-Type", "application/xml")
	page, cached := h.pages.Load(start)
	if !cached {
		page, _ = h.pages.LoadOrStore(start, h.page(start, query.Get("encoding-type")))
	}
	_, _ = w.Write(page.([]byte))
}

func (h *handler) page(start int, encoding string) []byte {
	end := min(start+pageSize, h.len())
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>big</Name><Prefix></Prefix><KeyCount>%d</KeyCount><MaxKeys>%d</MaxKeys><IsTruncated>%t</IsTruncated>`,
		end-start, pageSize, end < h.len())
	if encoding != "" {
		b.WriteString(`<EncodingType>url</EncodingType>`)
	}
	if end < h.len() {
		fmt.Fprintf(&b, `<NextContinuationToken>%d</NextContinuationToken>`, end)
	}
	for i := start; i < end; i++ {
		key := h.key(i)
		if encoding != "" {
			key = url.QueryEscape(key)
		}
		fmt.Fprintf(&b, `<Contents><Key>%s</Key><LastModified>2026-01-01T02:00:00.000Z</LastModified><ETag>&quot;%032x&quot;</ETag><Size>%d</Size><StorageClass>STANDARD</StorageClass></Contents>`, key, i, 1000+i%1000)
	}
	b.WriteString(`</ListBucketResult>`)
	return []byte(b.String())
}
