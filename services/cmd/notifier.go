package cmd

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/services/notifier"
)

func (a *app) notifier() *cobra.Command {
	return a.single("notifier", "Tell people and programs what is wrong, and when it is over", a.buildNotifier)
}

func (a *app) buildNotifier(_ context.Context, c *config.Config, b *bus.Bus, log *zap.Logger) (service, error) {
	n := c.Notifier
	if !n.Enabled {
		log.Info("the notifier is off (notifier.enabled)")
		return idle{}, nil
	}
	if len(n.Receivers) == 0 {
		log.Info("nobody is told of troubles: there are no receivers (notifier.receivers)")
	}
	to, err := a.openReceivers(c, log)
	beat, problem := a.heartbeat(n.Heartbeat)
	if err := errors.Join(err, problem); err != nil {
		return nil, err
	}
	settings := notifier.Config{
		Receivers: to.receivers, Routes: to.routes(n.Routes), GroupBy: n.GroupBy, Wait: n.GroupWait, Interval: n.GroupInterval,
		Repeat: n.RepeatInterval, GiveUp: n.GiveUpAfter, Heartbeat: beat,
	}
	if n.Digest != nil {
		settings.Digest = &notifier.Digest{Schedule: n.Digest.Schedule, Receivers: to.all(n.Digest.Receivers)}
	}
	return notifier.New(settings, b, log)
}
