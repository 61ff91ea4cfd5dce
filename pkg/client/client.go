// Package client is for programs that want backmon's statuses: bots, exporters,
// other monitors. It gives the last status of each series, then every change,
// as the messages of module proto.
//
// It needs the right to make consumers on the status stream, so it is for
// programs that are trusted with that. One that isn't subscribes to
// "backmon.v1.live.>" with any NATS client, and misses what comes while it is
// away. The package is not for publishing anything.
package client

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/backmon/backmon/pkg/bus"
)

// Event is one step of a watch: a status, the end of the replay, or a new start.
type Event = bus.Event

// EventKind says what an Event is.
type EventKind = bus.EventKind

// Filter chooses the statuses to watch; the zero Filter chooses all.
type Filter = bus.Filter

// Kinds of events.
const (
	// Backup is the status of one series, in Event.Backup.
	Backup = bus.EventBackup
	// Disk is the status of one disk, in Event.Disk.
	Disk = bus.EventDisk
	// Current says that the last status of each series has come.
	Current = bus.EventCurrent
	// Reset says to forget all: it comes again, as changes may have been missed.
	Reset = bus.EventReset
)

// Options of a Client. Zero values will do.
type Options struct {
	// Name of the program, as its connection is called; "client" when empty.
	Name string
	// CredsFile is a NATS credentials file.
	CredsFile string
	// CA, Cert and Key are files in PEM for TLS.
	CA, Cert, Key string
	// InboxPrefix is where the program's user may receive answers.
	InboxPrefix string
	// OnError is told what goes wrong while the watch goes on, as a connection
	// that is lost and made again. It must not block. Nil drops them.
	OnError func(error)
}

// closeTimeout bounds Close.
const closeTimeout = 10 * time.Second

// Client is a connection to backmon's NATS. It is safe for concurrent use.
type Client struct{ bus *bus.Bus }

// Connect connects to a server, as "nats://host:4222". While none answers it
// tries again until ctx ends.
func Connect(ctx context.Context, url string, options Options) (*Client, error) {
	if options.Name == "" {
		options.Name = "client"
	}
	config := bus.Config{
		URLs:        []string{url},
		CredsFile:   options.CredsFile,
		TLS:         bus.TLS{CA: options.CA, Cert: options.Cert, Key: options.Key},
		InboxPrefix: options.InboxPrefix,
	}
	b, err := bus.Connect(ctx, config, bus.Options{Name: options.Name, OnError: options.OnError})
	if err != nil {
		return nil, err
	}
	return &Client{b}, nil
}

// New makes a client of a bus that is there already. Closing the client closes it.
func New(b *bus.Bus) *Client { return &Client{b} }

// Watch returns the last status of each series and disk that the filter
// chooses, then Current, then every change, until ctx ends or the loop is left.
// The end of ctx is the end of the loop, not an error; an error is the last
// thing that comes.
//
// While the loop's body works, the server waits: nothing is dropped, and little
// is held in memory. A body that is so slow that over 500 changes of one series
// are waiting misses the oldest of these, never the last. Over a lost
// connection the watch goes on where it was; if it can't, Reset comes first and
// everything again.
func (c *Client) Watch(ctx context.Context, filter Filter) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		err := c.bus.WatchStatuses(ctx, filter, func(event Event) error {
			if !yield(event, nil) {
				return errLeft
			}
			return nil
		})
		if err != nil && !errors.Is(err, errLeft) {
			yield(Event{}, err)
		}
	}
}

// Ready says whether the connection can be used now.
func (c *Client) Ready(ctx context.Context) error { return c.bus.Ready(ctx) }

// Close closes the connection. Leave all watches before.
func (c *Client) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return c.bus.Close(ctx)
}

// left ends a watch whose loop was left.
type left struct{}

func (left) Error() string { return "the loop was left" }

var errLeft error = left{}
