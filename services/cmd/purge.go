package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/backmon/backmon/pkg/scan"
	"github.com/backmon/backmon/services/cmd/report"
	"github.com/backmon/backmon/services/gateway/order"
)

// purgeOptions are the flags of `purge`.
type purgeOptions struct {
	dryRun                       bool
	at, now, definitions, format string
}

func (a *app) purge() *cobra.Command {
	var o purgeOptions
	c := &cobra.Command{
		Use:   "purge --dry-run [DISK]",
		Short: "Show what retention lets go of, now or until a day",
		Long: `Purge shows for every series with purge: true which files would go, the oldest
first, and why each other one stays. With --at it draws a calendar: what becomes of
the files of today, day by day, until then. It deletes nothing: that is the work of
the purger, and only where purger.mode in the configuration is "enforce".

Without DISK it looks at all disks of the configuration.
` + targetHelp + `

It lists the disks itself and needs no server, so that it can't know of holds, and
of files that vanished since the last evaluation: the purger heeds them.`,
		Example: "  backmon purge --dry-run /mnt/backups\n  backmon purge --dry-run --at 90d my-bucket\n  backmon purge --dry-run --definitions new.yaml my-bucket -o json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !o.dryRun {
				return errOnlyShows
			}
			return a.runPurge(cmd.Context(), args, o)
		},
	}
	c.Flags().BoolVar(&o.dryRun, "dry-run", false, "show what would go; needed, as there is nothing else that this command does")
	c.Flags().StringVar(&o.at, "at", "", "draw a calendar until then: "+order.MomentHelp)
	c.Flags().StringVar(&o.now, "now", "", "decide as of this time (RFC 3339) instead of now")
	c.Flags().StringVar(&o.definitions, "definitions", "", "use this file instead of the disk's own definitions")
	outputFlag(c, &o.format, formatTable, formatJSON)
	return c
}

// errOnlyShows answers who wants this command to delete.
var errOnlyShows = errors.New(`nothing is done: this command only shows what would go; call it with --dry-run;
deleting is the work of the purger (backmon run, backmon purger), which checks each file again before it goes,
and deletes only where the configuration says purger.mode: enforce and the definitions say purge: true`)

func (a *app) runPurge(ctx context.Context, args []string, o purgeOptions) error {
	p, err := newPurge(o)
	if err != nil {
		return err
	}
	targets, incomplete, err := a.targets(ctx, args, o.definitions)
	if err != nil {
		return err
	}
	for _, t := range targets {
		p.Disks = append(p.Disks, a.preview(ctx, t, p.Now))
	}
	if err := a.writePurge(p, o.format); err != nil {
		return err
	}
	if n := p.Failed(); n > 0 {
		incomplete = errors.Join(incomplete, fmt.Errorf("%d of %d disks can't be looked at", n, len(p.Disks)))
	}
	return incomplete
}

func newPurge(o purgeOptions) (*report.Purge, error) {
	now, err := parseNow(o.now)
	if err != nil {
		return nil, err
	}
	p := &report.Purge{Now: now}
	if o.at != "" {
		if p.At, err = order.ParseMoment(o.at, now); err != nil {
			return nil, fmt.Errorf("--at: %w", err)
		}
	}
	return p, nil
}

// preview looks at one disk.
func (a *app) preview(ctx context.Context, t scan.Target, now time.Time) report.PurgeDisk {
	scanner := a.scanner()
	progress := a.progress(t.Disk.Name())
	p, err := scanner.Preview(ctx, t, now, progress.update)
	progress.clear()
	return report.PurgeDisk{Environment: t.Environment, Disk: t.Disk.Name(), Err: err, Preview: p}
}

func (a *app) writePurge(p *report.Purge, format string) error {
	switch {
	case format == formatJSON:
		return report.PurgeJSON(a.Out, p)
	case !p.At.IsZero():
		return report.PurgeCalendar(a.Out, p, a.colour(a.Out))
	default:
		return report.PurgeTable(a.Out, p, a.colour(a.Out))
	}
}
