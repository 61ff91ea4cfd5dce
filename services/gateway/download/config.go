package download

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/services/gateway/board"
)

// Environment is where disks of one name are read.
type Environment struct {
	Name     string
	Provider storage.Provider
}

// Config says whether and how files are handed out. The zero value is off.
type Config struct {
	Enabled bool
	// Presign answers with a link to the storage instead of the file, where the
	// storage has such links: folders don't, and are streamed.
	Presign bool
	// Expiry is how long such a link is good.
	Expiry       time.Duration
	Environments []Environment
	// Ready says whether the audit stream can be written to. Nothing is handed out
	// while it can't.
	Ready func(context.Context) error
}

// Validate reports every problem of the settings.
func (c Config) Validate() error {
	if !c.Enabled {
		return nil
	}
	var problems []error
	if c.Presign && c.Expiry < time.Second {
		problems = append(problems, errors.New("links need an expiry of at least 1s"))
	}
	if c.Ready == nil {
		problems = append(problems, errors.New("no way to tell whether the audit stream is ready is given"))
	}
	for _, e := range c.Environments {
		if e.Provider == nil {
			problems = append(problems, fmt.Errorf("the environment %q has no storage", e.Name))
		}
	}
	return errors.Join(problems...)
}

// Board tells the last status of a series.
type Board interface {
	Entry(id backup.SeriesID) (*board.Entry, bool)
	// Current reports whether the board is complete.
	Current() bool
}

// Books is where downloads are written down, as *bus.Bus does.
type Books interface {
	PublishAudit(ctx context.Context, message proto.Message, id string) error
}

// Disk is a disk whose files can be handed out.
type Disk interface {
	storage.Opener
	storage.Presigner
}

// Handler hands out files. It may be used concurrently.
type Handler struct {
	config Config
	board  Board
	books  Books
	log    *zap.Logger
	slots  chan struct{} // one for each stream under way
	stall  time.Duration
}

// Limits of the streams.
const (
	maxStreams   = 32
	bufferSize   = 128 << 10
	stallTimeout = time.Minute // for the client to take one buffer
	bookTimeout  = 30 * time.Second
)

// New returns a handler. When downloads are off it refuses all, and says so.
func New(config Config, statuses Board, books Books, log *zap.Logger) (*Handler, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("downloads: %w", err)
	}
	return &Handler{
		config: config, board: statuses, books: books, log: log.Named("download"), slots: make(chan struct{}, maxStreams), stall: stallTimeout,
	}, nil
}

// Enabled reports whether files are handed out at all.
func (h *Handler) Enabled() bool { return h.config.Enabled }

func (h *Handler) disk(environment, name string) (Disk, bool) {
	for _, e := range h.config.Environments {
		if e.Name == environment {
			disk, ok := e.Provider.Disk(name).(Disk)
			return disk, ok
		}
	}
	return nil, false
}
