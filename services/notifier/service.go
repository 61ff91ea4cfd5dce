package notifier

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// Config are the notifier's settings.
type Config struct {
	Receivers []Receiver
	// Routes lead incidents to receivers; without any, all go to everyone.
	Routes []incident.Route
	// GroupBy names what the incidents of one notice have in common: env, disk,
	// directory, file, group, or labels.NAME.
	GroupBy []string
	// Wait, Interval and Repeat are those of incident.Timing.
	Wait, Interval, Repeat time.Duration
	// GiveUp is how long a notice is tried.
	GiveUp    time.Duration
	Digest    *Digest    // nil: none
	Heartbeat *Heartbeat // nil: none
}

// Receiver is somebody to tell, and how.
type Receiver struct {
	Name string
	Sender
	// Timeout bounds one attempt to send.
	Timeout time.Duration
	// Each and OpenOnly are those of incident.Timing.
	Each     int
	OpenOnly bool
}

// Sender sends one notice. A sender whose error has a method Permanent that returns
// true is not asked again; one with RetryAfter not before that time.
type Sender interface {
	Send(ctx context.Context, notice incident.Notice) error
}

// Resender is a receiver that wants to hear of what is open again and again.
type Resender interface {
	// Resend tells of all open incidents, and of those closed lately.
	Resend(ctx context.Context, open, closed []incident.Incident) error
	// ResendInterval is how often.
	ResendInterval() time.Duration
}

// Validate reports every problem of the settings.
func (c Config) Validate() error {
	var problems []error
	names := map[string]bool{}
	for _, r := range c.Receivers {
		if r.Name == "" || r.Sender == nil || names[r.Name] {
			problems = append(problems, fmt.Errorf("the receiver %q has no name, no sender, or the name of another", r.Name))
		}
		if r.Timeout <= 0 {
			problems = append(problems, fmt.Errorf("the receiver %q has no timeout", r.Name))
		}
		names[r.Name] = true
	}
	for _, r := range c.Routes {
		for _, name := range r.Receivers {
			if !names[name] {
				problems = append(problems, fmt.Errorf("a route leads to the receiver %q, which there is not", name))
			}
		}
	}
	if c.Digest != nil {
		problems = append(problems, c.Digest.validate(names))
	}
	if c.Wait < 0 || c.Interval < 0 || c.Repeat < 0 || c.GiveUp <= 0 {
		problems = append(problems, errors.New("a time is negative, or notices are given up at once"))
	}
	return errors.Join(problems...)
}

// Bus is what the notifier needs of the bus.
type Bus interface {
	ConsumeStatuses(ctx context.Context, options bus.ConsumeOptions, handler func(context.Context, bus.StatusJob) error) error
	LastStatus(ctx context.Context, series *backmonv1.SeriesId) (bus.BackupRecord, error)
	LeaderDiskStatus(ctx context.Context, environment, disk string) (bus.DiskRecord, error)
	Incident(ctx context.Context, subject *backmonv1.SeriesId) (bus.IncidentRecord, error)
	PutIncident(ctx context.Context, incident *backmonv1.Incident, after uint64, ttl time.Duration) (uint64, error)
	WatchIncidents(ctx context.Context, visit func(bus.IncidentEvent) error) error
	NoticeGroup(ctx context.Context, receiver, id string) (bus.NoticeGroupRecord, error)
	PutNoticeGroup(ctx context.Context, id string, group *backmonv1.NoticeGroup, after uint64, ttl time.Duration) (uint64, error)
	WatchNoticeGroups(ctx context.Context, visit func(bus.NoticeGroupEvent) error) error
	WatchSilences(ctx context.Context, visit func(bus.SilenceEvent) error) error
	WatchStatuses(ctx context.Context, filter bus.Filter, visit func(bus.Event) error) error
	History(ctx context.Context, series *backmonv1.SeriesId, since time.Time) iter.Seq2[bus.BackupRecord, error]
	ReadAudit(ctx context.Context, filter bus.AuditFilter) iter.Seq2[bus.AuditRecord, error]
	PublishAudit(ctx context.Context, message proto.Message, id string) error
	PublishDeadLetter(ctx context.Context, letter *backmonv1.DeadLetter) error
	Ready(ctx context.Context) error
}

// Service is a notifier.
type Service struct {
	config    Config
	bus       Bus
	log       *zap.Logger
	receivers map[string]Receiver
	everyone  []string
	// name is this process among the notifiers.
	name    string
	view    *view
	flights *flights
}

// New returns a notifier.
func New(config Config, b Bus, log *zap.Logger) (*Service, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("notifier: %w", err)
	}
	s := &Service{
		config: config, bus: b, log: log.Named("notifier"), receivers: map[string]Receiver{}, name: rand.Text(),
		view: newView(config.GroupBy), flights: newFlights(),
	}
	for _, r := range config.Receivers {
		s.receivers[r.Name] = r
		s.everyone = append(s.everyone, r.Name)
	}
	return s, nil
}

// Run works until ctx ends, which is no error. A notice that is being sent then is
// sent and recorded before it returns.
func (s *Service) Run(ctx context.Context) error {
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return s.observe(running) })
	group.Go(func() error { return s.watch(running) })
	group.Go(func() error { return s.plan(running) })
	group.Go(func() error { return s.sweep(running) })
	group.Go(func() error { return s.resend(running) })
	group.Go(func() error { return s.digest(running) })
	group.Go(func() error { return s.heartbeat(running) })
	err := group.Wait()
	s.flights.wait()
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("notifier: %w", err)
	}
	return nil
}

// timing is that of a receiver's groups.
func (s *Service) timing(r Receiver) incident.Timing {
	return incident.Timing{Wait: s.config.Wait, Interval: s.config.Interval, Repeat: s.config.Repeat, Each: r.Each, OpenOnly: r.OpenOnly}
}

// rest waits, and reports whether ctx goes on.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
