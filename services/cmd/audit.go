package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/services/cmd/report"
	"github.com/backmon/backmon/services/gateway/order"
)

func (a *app) audit() *cobra.Command {
	var since, format string
	c := &cobra.Command{
		Use:   "audit [DISK]",
		Short: "Show what was purged, what was refused, who took which file and who was told what",
		Long: `Audit reads the books from the bus, the oldest first: each run of the purger with
its totals and with what became of every file and why, each refusal, each download,
and each notice that a receiver took or that was given up. A run's intent is shown
only while its result is missing. With -o json it prints every record, intents too,
one JSON document a line.

DISK is a disk of the configuration (NAME, or ENVIRONMENT/NAME); one that is no
longer there needs its environment. Without it the books of all disks are read, and
notices about several of them.`,
		Example: "  backmon audit my-bucket --since 30d\n  backmon audit --since 2026-01-01 -o json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withBus(cmd.Context(), func(ctx context.Context, c *config.Config, b *bus.Bus) error {
				filter, err := auditFilter(c, args, since, time.Now())
				if err != nil {
					return err
				}
				return a.runAudit(b.ReadAudit(ctx, filter), filter, format)
			})
		},
	}
	c.Flags().StringVar(&since, "since", "7d", "read from then on: back from now (36h, 7d, 2M), a day (2026-01-31), or a time (2026-01-31T12:00:00Z)")
	outputFlag(c, &format, "text", formatJSON)
	return c
}

func auditFilter(c *config.Config, args []string, since string, now time.Time) (bus.AuditFilter, error) {
	from, err := order.ParsePast(since, now)
	if err != nil {
		return bus.AuditFilter{}, fmt.Errorf("--since: %w", err)
	}
	if len(args) == 0 {
		return bus.AuditFilter{Since: from}, nil
	}
	e, disk, err := findDisk(c, args[0])
	if err != nil {
		return bus.AuditFilter{}, err
	}
	filter := bus.AuditFilter{Environment: e.Name, Disk: disk, Since: from}
	if e.Name != "" {
		return filter, nil
	}
	var named bool // an environment or a disk that is no longer configured
	if filter.Environment, filter.Disk, named = strings.Cut(args[0], "/"); !named {
		return filter, fmt.Errorf("disk %q is not in the configuration; write ENVIRONMENT/%s for one that was", args[0], args[0])
	}
	return filter, nil
}

// runAudit writes the records. One that can't be read is told of at the end: the
// others are what was asked for.
func (a *app) runAudit(records func(func(bus.AuditRecord, error) bool), filter bus.AuditFilter, format string) error {
	log := report.NewAuditLog(a.Out, a.colour(a.Out))
	add := log.Add
	if format == formatJSON {
		add = func(r bus.AuditRecord) error { return report.AuditJSON(a.Out, r) }
	}
	var unread error
	for r, err := range records {
		if err != nil {
			unread = errors.Join(unread, err)
			continue
		}
		if err := add(r); err != nil {
			return err
		}
	}
	if err := log.End(); err != nil {
		return err
	}
	if unread != nil {
		return fmt.Errorf("the books are not shown in full: %w", unread)
	}
	return a.nothingAudited(log, filter, format)
}

// nothingAudited says that there are no records, for a person.
func (a *app) nothingAudited(log *report.AuditLog, filter bus.AuditFilter, format string) error {
	if log.Shown() > 0 || format == formatJSON {
		return nil
	}
	where := ""
	if filter.Disk != "" {
		where = " on " + prose.Clean(filter.Environment+":"+filter.Disk)
	}
	_, err := fmt.Fprintf(a.Out, "The books hold nothing%s since %s.\n", where, backup.FormatInstant(filter.Since.UTC()))
	return err
}
