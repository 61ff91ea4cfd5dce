package bus

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// Headers of an atomic batch.
const (
	headerBatchID       = "Nats-Batch-Id"
	headerBatchSequence = "Nats-Batch-Sequence"
	headerBatchCommit   = "Nats-Batch-Commit"
)

const (
	// batchMessages and batchBytes bound one batch; the server's limit is 1,000
	// messages. A store that syncs on each write takes a batch as one write.
	batchMessages = 500
	batchBytes    = 4 << 20
	// smallBatch is how many writes are not worth a batch.
	smallBatch = 3
	// singleWriters is how many single publishes are under way at a time.
	singleWriters = 32
)

// BackupUpdate is a status to publish and what it comes after.
type BackupUpdate struct {
	Status *backmonv1.BackupStatus
	After  Revision
}

// PublishBackupStatuses publishes many statuses as PublishBackupStatus does,
// but in few writes of the server. The outcomes are in the order of the
// updates; where one is 0, the error, which joins all of them, says why.
func (b *Bus) PublishBackupStatuses(ctx context.Context, updates []BackupUpdate) ([]Outcome, error) {
	outcomes := make([]Outcome, len(updates))
	var problems []error
	for start := 0; start < len(updates); {
		writes, err := b.nextWrites(ctx, updates[start:])
		if err != nil {
			return outcomes, errors.Join(append(problems, err)...)
		}
		end := start + len(writes)
		problems = append(problems, b.publishWrites(ctx, writes, outcomes[start:end]))
		start = end
	}
	return outcomes, errors.Join(problems...)
}

// nextWrites encodes as many updates as one batch holds, at least one.
func (b *Bus) nextWrites(ctx context.Context, updates []BackupUpdate) ([]*write, error) {
	var writes []*write
	size := 0
	for _, update := range updates[:min(len(updates), batchMessages)] {
		w, err := b.backupWrite(ctx, update.Status, update.After)
		if err != nil {
			return nil, err
		}
		size += len(w.msg.Data)
		if size > batchBytes && len(writes) > 0 {
			break
		}
		writes = append(writes, w)
	}
	return writes, nil
}

func (b *Bus) publishWrites(ctx context.Context, writes []*write, outcomes []Outcome) error {
	if b.publishBatch(ctx, writes) {
		for i, w := range writes {
			outcomes[i] = Stored
			if w.superseded() {
				outcomes[i] = Superseded
			}
		}
		return nil
	}
	return b.publishSingly(ctx, writes, outcomes)
}

// publishBatch stores all writes at once or none. What went wrong with a batch
// does not matter: each write is then tried by itself, and one that was stored
// in spite of a lost answer finds itself.
func (b *Bus) publishBatch(ctx context.Context, writes []*write) bool {
	var batch []*write
	for _, w := range writes {
		if !w.superseded() {
			batch = append(batch, w)
		}
	}
	if len(batch) <= smallBatch || b.server.before(firstWithBatches) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	err := b.commit(ctx, batch)
	for _, w := range batch {
		delete(w.msg.Header, headerBatchID)
		delete(w.msg.Header, headerBatchSequence)
		delete(w.msg.Header, headerBatchCommit)
	}
	return err == nil
}

func (b *Bus) commit(ctx context.Context, batch []*write) error {
	id := rand.Text()
	for i, w := range batch {
		w.expect()
		setHeader(w.msg, headerBatchID, id)
		setHeader(w.msg, headerBatchSequence, strconv.Itoa(i+1))
	}
	last := len(batch) - 1
	for _, w := range batch[:last] {
		if err := b.conn.PublishMsg(w.msg); err != nil {
			return err
		}
	}
	setHeader(batch[last].msg, headerBatchCommit, "1")
	answer, err := b.conn.RequestMsgWithContext(ctx, batch[last].msg)
	if err != nil {
		return err
	}
	return committed(answer.Data, len(batch))
}

func committed(answer []byte, want int) error {
	var ack struct {
		Error *jetstream.APIError `json:"error"`
		Count int                 `json:"count"`
	}
	if err := json.Unmarshal(answer, &ack); err != nil {
		return fmt.Errorf("read answer to batch: %w", err)
	}
	if ack.Error != nil {
		return ack.Error
	}
	if ack.Count != want {
		return fmt.Errorf("batch of %d stored %d", want, ack.Count)
	}
	return nil
}

func (b *Bus) publishSingly(ctx context.Context, writes []*write, outcomes []Outcome) error {
	problems := make([]error, len(writes))
	free := make(chan struct{}, singleWriters)
	var wait sync.WaitGroup
	for i, w := range writes {
		free <- struct{}{}
		wait.Go(func() {
			outcomes[i], problems[i] = b.publishStatus(ctx, w)
			<-free
		})
	}
	wait.Wait()
	return errors.Join(problems...)
}
