// Command bot prints every backup that becomes bad, worse or good again. It is an
// example of a subscriber; a test of package client compiles it.
//
//	NATS_URL=nats://127.0.0.1:4222 go run main.go
//
// The embedded server of `backmon run` asks for the password in its store:
//
//	NATS_URL=nats://backmon:$(cat .backmon/nats/password)@127.0.0.1:4222 go run main.go
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/backmon/backmon/pkg/client"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Getenv("NATS_URL")); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, url string) error {
	c, err := client.Connect(ctx, url, client.Options{Name: "bot", OnError: func(err error) { log.Print(err) }})
	if err != nil {
		return err
	}
	defer c.Close()
	known := map[string]backmonv1.Severity{}
	for event, err := range c.Watch(ctx, client.Filter{Kind: client.Backup}) {
		switch {
		case err != nil:
			return err
		case event.Kind == client.Reset: // all comes again
			clear(known)
		case event.Kind == client.Backup:
			tell(known, event)
		}
	}
	return nil
}

// tell prints a status whose severity differs from the one before. What was
// already so when the bot came is not news.
func tell(known map[string]backmonv1.Severity, event client.Event) {
	status := event.Backup
	name := status.GetSeries().String()
	before, seen := known[name]
	known[name] = status.GetSeverity()
	if event.Replayed || seen && before == status.GetSeverity() {
		return
	}
	fmt.Printf("%v %v", status.GetState(), status.GetSeries())
	for _, reason := range status.GetReasons() {
		fmt.Printf("\n  %s", reason.GetText())
	}
	fmt.Println()
}
