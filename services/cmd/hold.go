package cmd

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/wire"
	"github.com/backmon/backmon/services/cmd/report"
	"github.com/backmon/backmon/services/gateway/order"
)

func (a *app) hold() *cobra.Command {
	c := &cobra.Command{
		Use:   "hold",
		Short: "Forbid to purge some backups, for a time",
		Long: `A hold keeps the purger from everything that it names, whatever retention says: an
environment, a disk, a directory or file of the definitions (by alias), a group, or
all series in which everything that is named agrees. It is kept by NATS, and the
purger heeds it from the next series on that it looks at.`,
		Args: cobra.NoArgs,
	}
	kind := orderKind{
		name: "hold", plural: "holds", example: "k3v5txa2qd", list: a.runHoldList, missing: bus.ErrHoldNotFound,
		remove: func(ctx context.Context, b *bus.Bus, id string) error { return b.RemoveHold(ctx, id) },
	}
	c.AddCommand(a.holdAdd(), a.listOrders(kind), a.removeOrder(kind))
	return c
}

// holdOptions are the flags of `hold add`.
type holdOptions struct {
	hold  backup.Hold
	all   bool
	order orderOptions
}

func (a *app) holdAdd() *cobra.Command {
	o := holdOptions{order: orderOptions{endless: "; without it there is none"}}
	c := &cobra.Command{
		Use:     "add",
		Short:   "Put a hold",
		Example: "  backmon hold add --disk my-bucket --why 'legal case 4711' --until 2027-06-30\n  backmon hold add --directory postgres --group postgres/acme --why 'restore under way' --until 12h\n  backmon hold add --all --why 'something is odd'",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runHoldAdd(cmd.Context(), o) },
	}
	flags := c.Flags()
	flags.StringVar(&o.hold.Environment, "env", "", "hold the environment of this name")
	flags.StringVar(&o.hold.Disk, "disk", "", "hold the disks of this name")
	flags.StringVar(&o.hold.Directory, "directory", "", "hold the directories of this alias")
	flags.StringVar(&o.hold.File, "file", "", "hold the file rules of this alias")
	flags.StringVar(&o.hold.Group, "group", "", "hold the groups of this name")
	flags.BoolVar(&o.all, "all", false, "hold everything")
	o.order.flags(c, "hold")
	return c
}

func (a *app) runHoldAdd(ctx context.Context, o holdOptions) error {
	h, err := a.newHold(o, time.Now())
	if err != nil {
		return err
	}
	return a.withBus(ctx, func(ctx context.Context, _ *config.Config, b *bus.Bus) error {
		if err := b.PutHold(ctx, wire.Hold(h)); err != nil {
			return err
		}
		covered, known, err := coverage(ctx, b, func(s backup.Status) bool { return h.Covers(s.Series) })
		if err != nil {
			return fmt.Errorf("the hold %s is put, but which series it covers can't be told: %w", h.ID, err)
		}
		if o.order.format == formatJSON {
			return report.HoldJSON(a.Out, h, covered)
		}
		_, err = fmt.Fprintf(a.Out, "Hold %s is put: nothing is purged in %s.\n%s\n", h.ID, report.HoldText(h), coveredText(covered, known, "are exact"))
		return err
	})
}

// newHold checks what is asked for.
func (a *app) newHold(o holdOptions, now time.Time) (backup.Hold, error) {
	h, problems := order.Hold(o.hold, a.request(o.order, o.all), now)
	scope := "say what to hold: --env, --disk, --directory, --file, --group, or --all"
	if o.all {
		scope = "--all holds everything: leave the other names away"
	}
	return h, orderError(problems, scope)
}

func (a *app) runHoldList(ctx context.Context, b *bus.Bus, format string) error {
	messages, err := b.Holds(ctx)
	if err != nil {
		return err
	}
	holds := make([]backup.Hold, len(messages))
	for i, m := range messages {
		holds[i] = wire.ParseHold(m)
	}
	if format == formatJSON {
		return report.HoldsJSON(a.Out, holds)
	}
	return report.HoldTable(a.Out, holds, time.Now(), a.colour(a.Out))
}
