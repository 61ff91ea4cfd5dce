package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/wire"
	"github.com/backmon/backmon/services/cmd/report"
	"github.com/backmon/backmon/services/gateway/board"
)

// statusPoll is how often `status --wait` looks again.
const statusPoll = 250 * time.Millisecond

func (a *app) status() *cobra.Command {
	var format string
	var wait time.Duration
	c := &cobra.Command{
		Use:   "status",
		Short: "Print the last status of every series",
		Long: `Status reads the last status of every series from the bus and prints the worst
first, with the reason.

Exit code: 0 ok, 1 warning, 2 critical, 3 unknown, as monitoring plugins have it.`,
		Annotations: map[string]string{asPlugin: "yes"},
		Args:        cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return exit(a.runStatus(cmd.Context(), format, wait))
		},
	}
	c.Flags().DurationVar(&wait, "wait", 0, "wait so long for the server and the first evaluation of all disks")
	outputFlag(c, &format, formatTable, formatJSON, formatPrometheus)
	return c
}

func (a *app) runStatus(ctx context.Context, format string, wait time.Duration) (code int, err error) {
	ctx, cancel := context.WithTimeout(ctx, max(wait, connectTimeout))
	defer cancel()
	for {
		r, environments, err := a.readStatus(ctx, wait > 0)
		switch {
		case err == nil:
			return report.ExitCode(r.Severity()), a.write(r, format, environments)
		case wait == 0 || ctx.Err() != nil:
			return 0, err
		}
		pause := time.NewTimer(statusPoll)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return 0, err
		}
	}
}

// errNotEvaluated says that disks wait for their evaluation.
var errNotEvaluated = errors.New("not all disks are evaluated yet")

// readStatus reads the replay of the last statuses; complete asks that no disk
// waits for its first evaluation.
func (a *app) readStatus(ctx context.Context, complete bool) (r *report.Report, environments int, err error) {
	err = a.withBus(ctx, func(ctx context.Context, c *config.Config, b *bus.Bus) error {
		environments = len(c.Environments)
		board, err := replay(ctx, b)
		if err != nil {
			return err
		}
		r = &report.Report{Now: time.Now(), Series: board.Series(), Disks: board.Disks()}
		if !complete {
			return nil
		}
		waiting, err := b.QueuedDisks(ctx)
		if err == nil && (waiting > 0 || len(r.Disks) == 0) {
			err = errNotEvaluated
		}
		return err
	})
	return r, environments, err
}

// errReplayed ends a watch after the replay.
var errReplayed = errors.New("replayed")

func replay(ctx context.Context, b *bus.Bus) (*board.Board, error) {
	statuses := board.New()
	err := b.WatchStatuses(ctx, bus.Filter{}, func(e bus.Event) error {
		statuses.Apply(e)
		if e.Kind == bus.EventCurrent {
			return errReplayed
		}
		return nil
	})
	if errors.Is(err, errReplayed) {
		return statuses, nil
	}
	if err == nil {
		err = ctx.Err()
	}
	return nil, fmt.Errorf("read the statuses: %w", err)
}

func (a *app) watch() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "watch",
		Short: "Print every change of a status as it happens",
		Long: `Watch prints the series that need a look, then every change as it comes, until
it is interrupted. With -o json it prints one JSON document a line, beginning with
the last status of every series.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withBus(cmd.Context(), func(ctx context.Context, _ *config.Config, b *bus.Bus) error {
				w := watcher{out: a.Out, json: format == formatJSON, colour: a.colour(a.Out)}
				return b.WatchStatuses(ctx, bus.Filter{}, w.visit)
			})
		},
	}
	outputFlag(c, &format, "text", formatJSON)
	return c
}

// watcher prints changes.
type watcher struct {
	out          io.Writer
	json, colour bool
	good         int // series without a reason to show
}

func (w *watcher) visit(e bus.Event) error {
	switch e.Kind {
	case bus.EventBackup:
		return w.backup(wire.ParseStatus(e.Backup), e.Replayed)
	case bus.EventDisk:
		if text := e.Disk.GetError(); text != "" && !w.json {
			return report.DiskLine(w.out, e.Disk, e.Stored, w.colour)
		}
	case bus.EventCurrent:
		if !w.json {
			_, err := fmt.Fprintf(w.out, "-- %d other series are well; changes follow\n", w.good)
			return err
		}
	case bus.EventReset:
		w.good = 0
	case bus.EventAudit, bus.EventEntry: // not of this stream
	}
	return nil
}

func (w *watcher) backup(s backup.Status, replayed bool) error {
	if w.json {
		return report.SeriesJSON(w.out, s)
	}
	if replayed && s.Severity == backup.SeverityOK {
		w.good++
		return nil
	}
	return report.SeriesLine(w.out, s, w.colour)
}
