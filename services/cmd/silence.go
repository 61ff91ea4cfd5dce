package cmd

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
	"github.com/backmon/backmon/services/cmd/report"
	"github.com/backmon/backmon/services/gateway/order"
)

func (a *app) silence() *cobra.Command {
	c := &cobra.Command{
		Use:   "silence",
		Short: "Keep the notifier quiet about some backups, for a time",
		Long: `A silence keeps the notifier from telling anybody of what it matches, until it ends:
what is still bad then is told then. Nothing else changes: statuses, metrics and the
list of incidents show what is bad all the time.`,
		Args: cobra.NoArgs,
	}
	kind := orderKind{
		name: "silence", plural: "silences", example: "k3v5txa2qd", list: a.runSilenceList, missing: bus.ErrSilenceNotFound,
		remove: func(ctx context.Context, b *bus.Bus, id string) error { return b.RemoveSilence(ctx, id) },
	}
	c.AddCommand(a.silenceAdd(), a.listOrders(kind), a.removeOrder(kind))
	return c
}

// silenceOptions are the flags of `silence add`.
type silenceOptions struct {
	match matchFlags
	all   bool
	order orderOptions
}

func (a *app) silenceAdd() *cobra.Command {
	o := silenceOptions{order: orderOptions{endless: " (needed)"}}
	c := &cobra.Command{
		Use:   "add",
		Short: "Put a silence",
		Long: `Add puts a silence on all in which everything that is named agrees. A flag that is
given several times asks for one of its values.`,
		Example: "  backmon silence add --disk my-bucket --until 4h --why 'the storage moves'\n  backmon silence add --label team=db --severity warning --until 2026-12-31 --why 'known, ticket 4711'\n  backmon silence add --all --until 30m --why 'the network is down'",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runSilenceAdd(cmd.Context(), o) },
	}
	o.match.addNames(c, "silence")
	o.match.addStates(c)
	c.Flags().BoolVar(&o.all, "all", false, "silence everything")
	o.order.flags(c, "silence")
	return c
}

func (a *app) runSilenceAdd(ctx context.Context, o silenceOptions) error {
	s, err := a.newSilence(o, time.Now())
	if err != nil {
		return err
	}
	return a.withBus(ctx, func(ctx context.Context, _ *config.Config, b *bus.Bus) error {
		if err := b.PutSilence(ctx, wire.Silence(s)); err != nil {
			return err
		}
		if err := a.tellSilence(ctx, b, s, o.order.format); err != nil {
			return fmt.Errorf("the silence %s is put, but what it covers can't be told: %w", s.ID, err)
		}
		return nil
	})
}

// newSilence checks what is asked for.
func (a *app) newSilence(o silenceOptions, now time.Time) (incident.Silence, error) {
	m, err := o.match.match()
	if err != nil {
		return incident.Silence{}, err
	}
	s, problems := order.Silence(m, a.request(o.order, o.all), now)
	scope := "say what to silence: --env, --disk, --directory, --file, --group, --label, --severity, --state, or --all"
	if o.all {
		scope = "--all silences everything: leave the other flags away"
	}
	return s, orderError(problems, scope)
}

// tellSilence says what a silence covers. The severities and states of now don't
// matter for the series: others come.
func (a *app) tellSilence(ctx context.Context, b *bus.Bus, s incident.Silence, format string) error {
	covered, known, err := coverage(ctx, b, func(status backup.Status) bool {
		return s.Match.MayCover(status.Series, status.Policy.Labels)
	})
	if err != nil {
		return err
	}
	open, err := openIncidents(ctx, b)
	if err != nil {
		return err
	}
	quiet := 0
	for _, i := range open {
		if s.Match.Covers(i) {
			quiet++
		}
	}
	if format == formatJSON {
		return report.SilenceJSON(a.Out, s, covered, quiet)
	}
	_, err = fmt.Fprintf(a.Out, "Silence %s is put: nobody is told of %s.\n%s\nIncidents that it keeps quiet now: %d of %d.\n",
		s.ID, report.SilenceText(s), coveredText(covered, known, `are exact, but for "*"`), quiet, len(open))
	return err
}

func (a *app) runSilenceList(ctx context.Context, b *bus.Bus, format string) error {
	silences, err := readSilences(ctx, b)
	if err != nil {
		return err
	}
	if format == formatJSON {
		return report.SilencesJSON(a.Out, silences)
	}
	return report.SilenceTable(a.Out, silences, time.Now(), a.colour(a.Out))
}

func readSilences(ctx context.Context, b *bus.Bus) ([]incident.Silence, error) {
	messages, err := b.Silences(ctx)
	if err != nil {
		return nil, err
	}
	silences := make([]incident.Silence, len(messages))
	for i, m := range messages {
		silences[i] = wire.ParseSilence(m)
	}
	return silences, nil
}
