package client_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"

	"github.com/backmon/backmon/pkg/client"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// A bot that says when a backup becomes bad, worse or good again. How many are
// bad already it says as soon as it knows all of them.
func Example() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	c, err := client.Connect(ctx, "nats://127.0.0.1:4222", client.Options{
		Name:    "example-bot",
		OnError: func(err error) { log.Print(err) },
	})
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close()
	if err := talk(ctx, c, os.Stdout); err != nil {
		log.Print(err)
	}
}

// talk runs until ctx ends. While it writes, nothing is lost: the server waits.
func talk(ctx context.Context, c *client.Client, to io.Writer) error {
	bad := map[string]backmonv1.Severity{}
	for event, err := range c.Watch(ctx, client.Filter{Kind: client.Backup}) {
		if err != nil {
			return err
		}
		switch event.Kind {
		case client.Reset:
			clear(bad)
		case client.Current:
			fmt.Fprintln(to, len(bad), "backups are bad")
		default:
			if remember(bad, event) && !event.Replayed {
				fmt.Fprintln(to, sentence(event.Backup))
			}
		}
	}
	return nil
}

// remember keeps what is bad, and tells whether that changed.
func remember(bad map[string]backmonv1.Severity, event client.Event) bool {
	name := nameOf(event.Backup)
	before, severity := bad[name], event.Backup.GetSeverity()
	if event.Gone || severity <= backmonv1.Severity_SEVERITY_OK {
		delete(bad, name)
	} else {
		bad[name] = severity
	}
	return bad[name] != before
}

func sentence(status *backmonv1.BackupStatus) string {
	why := "all is well"
	if reasons := status.GetReasons(); len(reasons) > 0 {
		why = reasons[0].GetText()
	}
	return fmt.Sprintf("%s: %v, %s", nameOf(status), status.GetState(), why)
}

func nameOf(status *backmonv1.BackupStatus) string {
	id := status.GetSeries()
	return fmt.Sprintf("%s/%s %s/%s %q",
		id.GetEnvironment(), id.GetDisk(), id.GetDirectory(), id.GetFile(), id.GetGroup())
}
