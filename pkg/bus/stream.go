package bus

import (
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Names of the streams.
const (
	// StreamDisks is the work queue of disks to evaluate.
	StreamDisks = "BACKMON_DISKS"
	// StreamStatus holds every status, with its history.
	StreamStatus = "BACKMON_STATUS"
	// StreamAudit holds what was purged, refused and told.
	StreamAudit = "BACKMON_AUDIT"
	// StreamDeadLetters holds what could not be handled.
	StreamDeadLetters = "BACKMON_DEADLETTERS"
	// StreamHolds is the stream of the KV bucket BACKMON_HOLDS: what must not be
	// purged.
	StreamHolds = "KV_BACKMON_HOLDS"
	// StreamIncidents is that of the bucket BACKMON_INCIDENTS: what is wrong.
	StreamIncidents = "KV_BACKMON_INCIDENTS"
	// StreamNotices is that of the bucket BACKMON_NOTICES: who was told of it.
	StreamNotices = "KV_BACKMON_NOTICES"
	// StreamSilences is that of the bucket BACKMON_SILENCES: what nobody is to be
	// told of.
	StreamSilences = "KV_BACKMON_SILENCES"
)

// Names of the durable consumers.
const (
	// DurableEvaluator is the one of StreamDisks that all evaluators share.
	DurableEvaluator = "evaluator"
	// DurablePurger is the one of StreamStatus that all purgers share.
	DurablePurger = "purger"
	// DurableNotifier is the one of StreamStatus that all notifiers share.
	DurableNotifier = "notifier"
)

const (
	// statusHistory is how many statuses of one series are kept.
	statusHistory = 500
	auditAge      = 400 * 24 * time.Hour
	// auditMemory is how long the server knows the ids of audit records: a job
	// that is delivered again may be a day old. It is read anew when a server
	// starts, so it can't be for ever.
	auditMemory   = 24 * time.Hour
	deadLetterAge = 30 * 24 * time.Hour
	// ackWait is how long a silent job is left to its worker.
	ackWait = time.Minute
	// unlimited stands for no limit in the server's settings.
	unlimited = -1
)

// streamConfigs describes all streams. Batches tells whether the server knows
// atomic batches. firstJob is the sequence that a new work queue begins with.
func streamConfigs(replicas int, batches bool, firstJob uint64) []jetstream.StreamConfig {
	configs := []jetstream.StreamConfig{
		disksConfig(firstJob), statusConfig(batches), auditConfig(), deadLettersConfig(),
		bucketConfig(StreamHolds, holdPrefix, "what must not be purged"),
		bucketConfig(StreamIncidents, incidentPrefix, "what is wrong with series and disks"),
		bucketConfig(StreamNotices, noticePrefix, "what receivers were told, and the notices on their way"),
		bucketConfig(StreamSilences, silencePrefix, "what nobody is to be told of"),
	}
	for i := range configs {
		configs[i].Replicas = replicas
		configs[i].Storage = jetstream.FileStorage
	}
	return configs
}

// disksConfig lets one request per disk be queued or in work. With DiscardOld a
// new one would replace the one in work and start a second evaluation; with
// MaxAge one in work would vanish. The first sequence grows with the clock, so
// that a queue that was lost and made anew doesn't hand out older fences.
func disksConfig(firstJob uint64) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:                 StreamDisks,
		Description:          "one request for each disk that is to be evaluated now",
		Subjects:             []string{diskFoundPrefix + ".>"},
		Retention:            jetstream.WorkQueuePolicy,
		MaxMsgsPerSubject:    1,
		Discard:              jetstream.DiscardNew,
		DiscardNewPerSubject: true,
		FirstSeq:             firstJob,
	}
}

func statusConfig(batches bool) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:               StreamStatus,
		Description:        "the last status of each series and disk, with its history",
		Subjects:           []string{AllStatuses()},
		Retention:          jetstream.LimitsPolicy,
		MaxMsgsPerSubject:  statusHistory,
		Discard:            jetstream.DiscardOld,
		AllowDirect:        true,
		AllowRollup:        true,
		AllowMsgTTL:        true,
		AllowAtomicPublish: batches,
		RePublish:          &jetstream.RePublish{Source: AllStatuses(), Destination: livePrefix + ".>"},
	}
}

func auditConfig() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        StreamAudit,
		Description: "what was purged, refused and told, and why",
		Subjects:    []string{auditPrefix + ".>"},
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		MaxAge:      auditAge,
		Duplicates:  auditMemory,
		AllowDirect: true,
	}
}

func deadLettersConfig() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        StreamDeadLetters,
		Description: "what could not be handled, with the error",
		Subjects:    []string{deadLetterPrefix + ".>"},
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		MaxAge:      deadLetterAge,
	}
}

// bucketConfig is that of a KV bucket with one value a key, so that every NATS
// tool shows it. Direct reading, which buckets usually have, is off: a replica
// that lags would not know of the newest value.
func bucketConfig(stream, prefix, description string) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:              stream,
		Description:       description,
		Subjects:          []string{prefix + ".>"},
		Retention:         jetstream.LimitsPolicy,
		MaxMsgsPerSubject: 1,
		Discard:           jetstream.DiscardNew,
		DenyDelete:        true,
		AllowRollup:       true,
		AllowMsgTTL:       true,
	}
}

// durable is a consumer that is made when provisioning.
type durable struct {
	stream string
	config jetstream.ConsumerConfig
}

// durables describes all durable consumers. MaxDeliver has no limit: the server
// would leave a message that reached it in its place for ever, so Job counts.
// A job waiting for its next attempt counts as pending, so neither has that.
func durables() []durable {
	return []durable{
		{StreamDisks, jetstream.ConsumerConfig{
			Durable:       DurableEvaluator,
			Description:   "the disks that evaluators share",
			AckPolicy:     jetstream.AckExplicitPolicy,
			AckWait:       ackWait,
			MaxDeliver:    unlimited,
			MaxAckPending: unlimited,
			FilterSubject: diskFoundPrefix + ".>",
		}},
		{StreamStatus, jetstream.ConsumerConfig{
			Durable:       DurablePurger,
			Description:   "the evaluated disks that purgers share",
			DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy,
			AckPolicy:     jetstream.AckExplicitPolicy,
			AckWait:       ackWait,
			MaxDeliver:    unlimited,
			MaxAckPending: unlimited,
			FilterSubject: diskStatusPrefix + ".>",
		}},
		{StreamStatus, jetstream.ConsumerConfig{
			Durable:       DurableNotifier,
			Description:   "the statuses that notifiers share",
			DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy,
			AckPolicy:     jetstream.AckExplicitPolicy,
			AckWait:       ackWait,
			MaxDeliver:    unlimited,
			MaxAckPending: unlimited,
			FilterSubject: AllStatuses(),
		}},
	}
}
