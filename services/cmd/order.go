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
)

// orderIDLength is how many letters name an order: few enough to type, and two
// orders never meet.
const orderIDLength = 10

// longestOrder is how far off the end of an order may be: the server counts its
// time to live in nanoseconds, and an order must not end early because these
// overflow.
const longestOrder = 100 * 365 * backup.Day

// orderKind is a kind of what operators put for a time, and for others to find:
// holds and silences.
type orderKind struct {
	name    string // "hold"
	plural  string
	example string // of an id
	list    func(ctx context.Context, b *bus.Bus, format string) error
	remove  func(ctx context.Context, b *bus.Bus, id string) error
	missing error // what remove's error wraps when there is none
}

// orderOptions are the flags that putting an order takes in any case.
type orderOptions struct {
	by, why, until, format string
	endless                string // says that no end is needed, for the help and errors
}

func (o *orderOptions) flags(c *cobra.Command, kind string) {
	c.Flags().StringVar(&o.why, "why", "", "the reason, for those who find the "+kind+" (needed)")
	c.Flags().StringVar(&o.by, "by", "", "who puts it (default $USER)")
	c.Flags().StringVar(&o.until, "until", "", "its end: "+momentHelp+o.endless)
	outputFlag(c, &o.format, "text", formatJSON)
}

// signature is what an order holds in any case.
type signature struct {
	id, by, why  string
	since, until time.Time // until is zero when there is no end
}

// sign checks who puts an order, why, and until when.
func (a *app) sign(kind string, o orderOptions, now time.Time) (s signature, err error) {
	s = signature{id: strings.ToLower(rand.Text()[:orderIDLength]), by: o.by, why: o.why, since: now}
	if strings.TrimSpace(s.why) == "" {
		return s, fmt.Errorf("--why: say why, for those who find the %s later", kind)
	}
	if s.by == "" {
		s.by, _ = a.Env("USER")
	}
	if s.by == "" {
		return s, fmt.Errorf("--by: say who puts the %s; $USER is empty", kind)
	}
	if o.until == "" {
		return s, nil
	}
	if s.until, err = parseMoment("until", o.until, now); err != nil {
		return s, err
	}
	if s.until.Sub(now) > longestOrder {
		return s, fmt.Errorf("--until: %q is over a hundred years off%s", o.until, o.endless)
	}
	return s, nil
}

// coverage tells how many of the known series something covers: a name that is
// mistyped covers nothing.
func coverage(ctx context.Context, b *bus.Bus, covers func(backup.Status) bool) (covered, known int, err error) {
	board, err := replay(ctx, b)
	if err != nil {
		return 0, 0, err
	}
	series := board.Series()
	for _, s := range series {
		if covers(s) {
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

func (a *app) listOrders(k orderKind) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "list",
		Short: "Show the " + k.plural,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withBus(cmd.Context(), func(ctx context.Context, _ *config.Config, b *bus.Bus) error {
				return k.list(ctx, b, format)
			})
		},
	}
	outputFlag(c, &format, formatTable, formatJSON)
	return c
}

func (a *app) removeOrder(k orderKind) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:     "remove ID",
		Short:   "End a " + k.name,
		Example: "  backmon " + k.name + " remove " + k.example,
		Args:    arguments("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withBus(cmd.Context(), func(ctx context.Context, _ *config.Config, b *bus.Bus) error {
				return a.runRemoveOrder(ctx, k, b, args[0], format)
			})
		},
	}
	outputFlag(c, &format, "text", formatJSON)
	return c
}

func (a *app) runRemoveOrder(ctx context.Context, k orderKind, b *bus.Bus, id, format string) error {
	err := k.remove(ctx, b, id)
	if errors.Is(err, k.missing) {
		return fmt.Errorf("%w; `backmon %s list` shows them", err, k.name)
	}
	if err != nil {
		return err
	}
	if format == formatJSON {
		return json.NewEncoder(a.Out).Encode(map[string]string{"removed": id})
	}
	_, err = fmt.Fprintf(a.Out, "%s %s is removed.\n", strings.ToUpper(k.name[:1])+k.name[1:], prose.Clean(id))
	return err
}
