package purger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/gate"
	"github.com/backmon/backmon/pkg/storage"
)

// lookLasts is how long a plan may be acted on. What others do to a disk in that
// time, between the second look and a delete, is seen by check only in part.
const lookLasts = time.Minute

// check is done before each batch of deletes: it asks whether what the plan was
// made from still holds. The times are of the wall clock: a machine that slept
// must not wake up and go on.
func (r *run) check(ctx context.Context, p plan, record bus.BackupRecord) (*gate.Refusal, error) {
	now := r.service.now().Round(0)
	if age := now.Sub(p.seenAt.Round(0)); age > lookLasts || age < -lookLasts {
		return gate.Refuse(gate.Stale, "the disk was looked at %s ago", backup.FormatDuration(age)), nil
	}
	for _, check := range []func() (*gate.Refusal, error){
		func() (*gate.Refusal, error) { return r.checkStatus(ctx, record) },
		func() (*gate.Refusal, error) { return r.checkHolds(ctx, p.series.Series, now) },
		func() (*gate.Refusal, error) { return r.checkDefinitions(ctx, p.definitions) },
		func() (*gate.Refusal, error) { return r.checkNewest(ctx, p.series.Files.Latest) },
	} {
		if refusal, err := check(); refusal != nil || err != nil {
			return refusal, err
		}
	}
	return nil, nil
}

// checkStatus refuses when the series or its disk has a newer status: that one
// has plans of its own.
func (r *run) checkStatus(ctx context.Context, record bus.BackupRecord) (*gate.Refusal, error) {
	series, err := r.service.bus.LastStatus(ctx, record.Status.GetSeries())
	if err != nil {
		return nil, err
	}
	disk, err := r.service.bus.LastDiskStatus(ctx, r.id.Environment, r.id.Disk)
	if err != nil {
		return nil, err
	}
	if series.Sequence != record.Sequence || disk.Sequence != r.job.Sequence {
		return gate.Refuse(gate.Changed, "a newer status has come"), nil
	}
	return nil, nil
}

func (r *run) checkHolds(ctx context.Context, id backup.SeriesID, now time.Time) (*gate.Refusal, error) {
	holds, err := r.service.bus.Holds(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the holds, without which nothing is deleted: %w", err)
	}
	return gate.Holds(id, holds, now), nil
}

func (r *run) checkDefinitions(ctx context.Context, known []byte) (*gate.Refusal, error) {
	object, err := r.disk.Read(ctx, r.target.Definitions, r.service.config.MaxDefinition)
	if err != nil {
		return nil, fmt.Errorf("read the definitions again: %w", err)
	}
	if !bytes.Equal(object.Data, known) {
		return gate.Refuse(gate.Changed, "the definitions were changed"), nil
	}
	return nil, nil
}

// checkNewest refuses when the newest good file is not what and where it was:
// somebody else is at work on the series.
func (r *run) checkNewest(ctx context.Context, latest *backup.LatestFile) (*gate.Refusal, error) {
	found, err := find(ctx, r.disk, latest.Key)
	if err != nil {
		return nil, fmt.Errorf("look for the newest file: %w", err)
	}
	if f := found.file; f == nil || f.Size != latest.Size || f.ETag != latest.ETag || !f.ModifiedAt.Equal(latest.ModifiedAt) {
		return gate.Refuse(gate.Changed, "the newest file %q is gone or was replaced", latest.Key), nil
	}
	return nil, nil
}

// found is what lies under one key.
type found struct {
	file *storage.Entry // nil: nothing
	stat *storage.Entry // its .stat file, when that is there without it
}

// errFound ends a listing that has found its file.
var errFound = errors.New("found")

// find looks for one file.
func find(ctx context.Context, disk storage.Disk, key string) (found, error) {
	var f found
	_, err := disk.List(ctx, storage.Listing{Prefix: key}, func(page []storage.Entry) error {
		for _, e := range page {
			switch {
			case e.Key == key && !e.Orphan:
				f.file = &e
				return errFound
			case e.Key == key+storage.StatSuffix && e.Orphan:
				f.stat = &e
			}
		}
		return nil
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return f, err
}
