package cmd

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/spelling"
	"github.com/backmon/backmon/services/cmd/report"
	"github.com/backmon/backmon/services/notifier"
	"github.com/backmon/backmon/services/notifier/message"
)

func (a *app) notify() *cobra.Command {
	c := &cobra.Command{
		Use:   "notify",
		Short: "Try out who is told of what, and whether it arrives",
		Args:  cobra.NoArgs,
	}
	c.AddCommand(a.notifyRoute(), a.notifyTest())
	return c
}

func (a *app) notifyTest() *cobra.Command {
	var name, format string
	c := &cobra.Command{
		Use:   "test",
		Short: "Send a sample to the receivers, and say what came of it",
		Long: `Test sends a message to each receiver of the configuration, once, in the way in which
the notifier would, and says whether it was taken. It needs no server, and does so
where it is called: the notifier may reach others.`,
		Example: "  backmon notify test\n  backmon notify test --receiver chat",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runNotifyTest(cmd.Context(), name, format) },
	}
	c.Flags().StringVar(&name, "receiver", "", "send to this one only")
	outputFlag(c, &format, formatTable, formatJSON)
	return c
}

func (a *app) runNotifyTest(ctx context.Context, name, format string) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	if name != "" {
		if err := only(c, name); err != nil {
			return err
		}
	}
	if len(c.Notifier.Receivers) == 0 {
		return fmt.Errorf("%s has no receivers: name some under notifier.receivers", c.File)
	}
	to, err := a.openReceivers(c, zap.NewNop())
	if err != nil {
		return err
	}
	attempts := try(ctx, to.receivers)
	write := report.AttemptsTable
	if format == formatJSON {
		write = report.AttemptsJSON
	}
	if err := write(a.Out, attempts, a.colour(a.Out)); err != nil {
		return err
	}
	return exit(code(!slices.ContainsFunc(attempts, report.Attempt.Failed)), nil)
}

// only leaves one receiver in the configuration.
func only(c *config.Config, name string) error {
	known := receiverNames(c.Notifier)
	i := slices.Index(known, name)
	if i < 0 {
		hint := spelling.Hint(name, known)
		if hint == "" {
			hint = "known are " + strings.Join(known, ", ")
		}
		return fmt.Errorf("--receiver: %s has no receiver %q; %s", c.File, name, hint)
	}
	c.Notifier.Receivers = c.Notifier.Receivers[i : i+1]
	return nil
}

// try sends a sample to each receiver, side by side.
func try(ctx context.Context, receivers []notifier.Receiver) []report.Attempt {
	attempts := make([]report.Attempt, len(receivers))
	var all sync.WaitGroup
	for i, r := range receivers {
		all.Go(func() {
			began := time.Now()
			sending, cancel := context.WithTimeout(ctx, r.Timeout)
			defer cancel()
			err := r.Send(sending, message.Test(r.Name, "test-"+strings.ToLower(rand.Text()), began))
			if errors.Is(ctx.Err(), context.Canceled) {
				err = errors.New("interrupted")
			}
			attempts[i] = report.Attempt{Receiver: r.Name, Took: time.Since(began), Err: err}
		})
	}
	all.Wait()
	return attempts
}
