package cmd

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/pkg/wire"
	"github.com/backmon/backmon/services/cmd/report"
)

// holdIDLength is how many letters name a hold: few enough to type, and two
// holds never meet.
const holdIDLength = 10

// longestHold is how far off the end of a hold may be: the server counts its time
// to live in nanoseconds, and a hold must not end early because these overflow.
const longestHold = 100 * 365 * backup.Day

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
	c.AddCommand(a.holdAdd(), a.holdList(), a.holdRemove())
	return c
}

// holdOptions are the flags of `hold add`.
type holdOptions struct {
	hold   backup.Hold
	all    bool
	until  string
	format string
}

func (a *app) holdAdd() *cobra.Command {
	var o holdOptions
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
	flags.StringVar(&o.hold.Why, "why", "", "the reason, for those who find the hold (needed)")
	flags.StringVar(&o.hold.By, "by", "", "who puts it (default $USER)")
	flags.StringVar(&o.until, "until", "", "its end: "+momentHelp+"; without it there is none")
	outputFlag(c, &o.format, "text", formatJSON)
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
		covered, known, err := countCovered(ctx, b, h)
		if err != nil {
			return fmt.Errorf("the hold %s is put, but which series it covers can't be told: %w", h.ID, err)
		}
		if o.format == formatJSON {
			return report.HoldJSON(a.Out, h, covered)
		}
		_, err = fmt.Fprintf(a.Out, "Hold %s is put: nothing is purged in %s.\n%s\n", h.ID, report.HoldText(h), coveredText(covered, known))
		return err
	})
}

// newHold checks what is asked for.
func (a *app) newHold(o holdOptions, now time.Time) (backup.Hold, error) {
	h := o.hold
	named := h.Environment+h.Disk+h.Directory+h.File+h.Group != ""
	switch {
	case !named && !o.all:
		return h, errors.New("say what to hold: --env, --disk, --directory, --file, --group, or --all")
	case named && o.all:
		return h, errors.New("--all holds everything: leave the other names away")
	case strings.TrimSpace(h.Why) == "":
		return h, errors.New("--why: say why, for those who find the hold later")
	}
	if h.By == "" {
		h.By, _ = a.Env("USER")
	}
	if h.By == "" {
		return h, errors.New("--by: say who puts the hold; $USER is empty")
	}
	h.ID, h.Since = strings.ToLower(rand.Text()[:holdIDLength]), now
	if o.until == "" {
		return h, nil
	}
	var err error
	if h.Until, err = parseMoment("until", o.until, now); err != nil {
		return h, err
	}
	if h.Until.Sub(now) > longestHold {
		return h, fmt.Errorf("--until: %q is over a hundred years off; leave it away for a hold without an end", o.until)
	}
	return h, nil
}

// countCovered tells how many of the known series a hold covers: a name that is
// mistyped holds nothing.
func countCovered(ctx context.Context, b *bus.Bus, h backup.Hold) (covered, known int, err error) {
	board, err := replay(ctx, b)
	if err != nil {
		return 0, 0, err
	}
	series := board.Series()
	for _, s := range series {
		if h.Covers(s.Series) {
			covered++
		}
	}
	return covered, len(series), nil
}

func coveredText(covered, known int) string {
	switch covered {
	case 0:
		return fmt.Sprintf("WARNING: it covers none of the %d series that are known now. Names are exact: compare with `backmon status`.", known)
	case 1:
		return fmt.Sprintf("It covers 1 of the %d series that are known now, and such as come.", known)
	default:
		return fmt.Sprintf("It covers %d of the %d series that are known now, and such as come.", covered, known)
	}
}

func (a *app) holdList() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "list",
		Short: "Show the holds",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withBus(cmd.Context(), func(ctx context.Context, _ *config.Config, b *bus.Bus) error {
				return a.runHoldList(ctx, b, format)
			})
		},
	}
	outputFlag(c, &format, formatTable, formatJSON)
	return c
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

func (a *app) holdRemove() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:     "remove ID",
		Short:   "End a hold",
		Example: "  backmon hold remove k3v5txa2qd",
		Args:    arguments("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withBus(cmd.Context(), func(ctx context.Context, _ *config.Config, b *bus.Bus) error {
				return a.runHoldRemove(ctx, b, args[0], format)
			})
		},
	}
	outputFlag(c, &format, "text", formatJSON)
	return c
}

func (a *app) runHoldRemove(ctx context.Context, b *bus.Bus, id, format string) error {
	err := b.RemoveHold(ctx, id)
	if errors.Is(err, bus.ErrHoldNotFound) {
		return fmt.Errorf("%w; `backmon hold list` shows them", err)
	}
	if err != nil {
		return err
	}
	if format == formatJSON {
		return json.NewEncoder(a.Out).Encode(map[string]string{"removed": id})
	}
	_, err = fmt.Fprintf(a.Out, "Hold %s is removed.\n", prose.Clean(id))
	return err
}
