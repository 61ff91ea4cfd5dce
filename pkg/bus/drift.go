package bus

import (
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Drift is one setting of a stream or durable that differs from what backmon
// would make. Nothing is changed by itself: a person decides.
type Drift struct {
	// Object is what differs, as `stream BACKMON_DISKS`.
	Object string
	// Field is the setting's name in the NATS documentation.
	Field string
	// Want is backmon's value, Have is the server's.
	Want, Have string
}

// String is the drift on one line.
func (d Drift) String() string {
	return fmt.Sprintf("%s: %s is %s, wanted %s", d.Object, d.Field, d.Have, d.Want)
}

// Report is what Provision did and found.
type Report struct {
	// Created are the objects that were missing, as `stream BACKMON_DISKS`.
	Created []string
	// Drifts are the settings that differ.
	Drifts []Drift
}

// String is the report with one finding a line; empty when there is none.
func (r Report) String() string {
	var b strings.Builder
	for _, object := range r.Created {
		fmt.Fprintf(&b, "%s: created\n", object)
	}
	for _, drift := range r.Drifts {
		fmt.Fprintln(&b, drift)
	}
	return b.String()
}

// setting is one value that backmon depends on. What the server fills in by
// itself is left out.
type setting struct {
	field string
	value any
}

func streamSettings(c jetstream.StreamConfig) []setting {
	return []setting{
		{"subjects", c.Subjects},
		{"retention", c.Retention},
		{"storage", c.Storage},
		{"num_replicas", c.Replicas},
		{"max_msgs_per_subject", limit(c.MaxMsgsPerSubject)},
		{"max_msgs", limit(c.MaxMsgs)},
		{"max_bytes", limit(c.MaxBytes)},
		{"max_age", c.MaxAge},
		{"duplicate_window", duplicates(c.Duplicates)},
		{"discard", c.Discard},
		{"discard_new_per_subject", c.DiscardNewPerSubject},
		{"allow_direct", c.AllowDirect},
		{"allow_rollup_hdrs", c.AllowRollup},
		{"allow_msg_ttl", c.AllowMsgTTL},
		{"allow_atomic", c.AllowAtomicPublish},
		{"republish", republish(c.RePublish)},
		{"sources", len(c.Sources)},
		{"sealed", c.Sealed},
		{"deny_delete", c.DenyDelete},
	}
}

func durableSettings(c jetstream.ConsumerConfig) []setting {
	return []setting{
		{"ack_policy", c.AckPolicy},
		{"ack_wait", c.AckWait},
		{"max_deliver", limit(int64(c.MaxDeliver))},
		{"max_ack_pending", limit(int64(c.MaxAckPending))},
		{"backoff", c.BackOff},
		{"filter_subject", c.FilterSubject},
		{"filter_subjects", c.FilterSubjects},
		{"deliver_policy", c.DeliverPolicy},
	}
}

// limit shows 0 and -1, which both mean no limit, alike.
func limit(n int64) string {
	if n <= 0 {
		return "unlimited"
	}
	return fmt.Sprint(n)
}

// duplicates shows the server's own window and none as alike.
func duplicates(window time.Duration) time.Duration {
	const usual = 2 * time.Minute
	if window == 0 {
		return usual
	}
	return window
}

func republish(r *jetstream.RePublish) string {
	if r == nil {
		return "none"
	}
	return r.Source + " to " + r.Destination
}

func compare(object string, want, have []setting) []Drift {
	var drifts []Drift
	for i, w := range want {
		wanted, found := fmt.Sprint(w.value), fmt.Sprint(have[i].value)
		if wanted != found {
			drifts = append(drifts, Drift{object, w.field, wanted, found})
		}
	}
	return drifts
}
