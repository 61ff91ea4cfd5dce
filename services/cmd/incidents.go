package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/cmd/report"
)

func (a *app) incidents() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "incidents",
		Short: "Show what is wrong, who was told, and what is on its way",
		Long: `Incidents shows the open incidents that the notifier keeps, the worst first, each
with the receivers that know of it, or the silence that keeps them from knowing; and
below them the messages that have not reached their receivers yet, with the reason.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withBus(cmd.Context(), func(ctx context.Context, _ *config.Config, b *bus.Bus) error {
				return a.runIncidents(ctx, b, format)
			})
		},
	}
	outputFlag(c, &format, formatTable, formatJSON)
	return c
}

func (a *app) runIncidents(ctx context.Context, b *bus.Bus, format string) error {
	r := &report.Incidents{Now: time.Now()}
	var err error
	if r.Open, err = openIncidents(ctx, b); err != nil {
		return err
	}
	groups, err := entries(ctx, b.WatchNoticeGroups)
	if err != nil {
		return fmt.Errorf("read what was told: %w", err)
	}
	for _, g := range groups {
		r.Groups = append(r.Groups, wire.ParseNoticeGroup(g))
	}
	if r.Silences, err = readSilences(ctx, b); err != nil {
		return err
	}
	if format == formatJSON {
		return report.IncidentsJSON(a.Out, r)
	}
	return report.IncidentsTable(a.Out, r, a.colour(a.Out))
}

// openIncidents reads the incidents that are not over, the worst first.
func openIncidents(ctx context.Context, b *bus.Bus) ([]incident.Incident, error) {
	messages, err := entries(ctx, b.WatchIncidents)
	if err != nil {
		return nil, fmt.Errorf("read the incidents: %w", err)
	}
	open := openOf(messages)
	incident.Sort(open)
	return open, nil
}

func openOf(messages []*backmonv1.Incident) []incident.Incident {
	var open []incident.Incident
	for _, m := range messages {
		if i := wire.ParseIncident(m); i.Open() {
			open = append(open, i)
		}
	}
	return open
}

// entries reads what a bucket holds now: the replay of its watch.
func entries[T proto.Message](ctx context.Context, watch func(context.Context, func(bus.EntryEvent[T]) error) error) ([]T, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	values := map[string]T{}
	err := watch(ctx, func(e bus.EntryEvent[T]) error {
		switch {
		case e.Kind == bus.EventCurrent:
			return errReplayed
		case e.Kind == bus.EventReset:
			clear(values)
		case e.Removed:
			delete(values, e.Key)
		default:
			values[e.Key] = e.Value
		}
		return nil
	})
	if err == nil {
		err = ctx.Err()
	}
	if !errors.Is(err, errReplayed) {
		return nil, err
	}
	list := make([]T, 0, len(values))
	for _, value := range values {
		list = append(list, value)
	}
	return list, nil
}
