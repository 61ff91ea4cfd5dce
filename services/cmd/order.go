package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/services/gateway/order"
)

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
	c.Flags().StringVar(&o.until, "until", "", "its end: "+order.MomentHelp+o.endless)
	outputFlag(c, &o.format, "text", formatJSON)
}

// request is what the flags ask for.
func (a *app) request(o orderOptions, all bool) order.Request {
	by := o.by
	if by == "" {
		by, _ = a.Env("USER")
	}
	return order.Request{All: all, By: by, Why: o.why, Until: o.until}
}

// orderError names the flag of each problem. scope is what to say when nothing is
// named, or too much.
func orderError(problems []order.Problem, scope string) error {
	var errs []error
	for _, p := range problems {
		switch p.Field {
		case order.Scope:
			errs = append(errs, errors.New(scope))
		case order.By:
			errs = append(errs, fmt.Errorf("--by: %s; $USER is empty", p.Text))
		default:
			errs = append(errs, fmt.Errorf("--%s: %s", p.Field, p.Text))
		}
	}
	return errors.Join(errs...)
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

// coveredText tells of it; names says how names are compared.
func coveredText(covered, known int, names string) string {
	switch covered {
	case 0:
		return fmt.Sprintf("WARNING: it covers none of the %d series that are known now. Names %s: compare with `backmon status`.", known, names)
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
