package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/services/cmd/report"
)

// routeOptions are the flags of `notify route`.
type routeOptions struct {
	match                   matchFlags
	state, severity, format string
}

func (a *app) notifyRoute() *cobra.Command {
	var o routeOptions
	c := &cobra.Command{
		Use:   "route [SERIES]",
		Short: "Say which receivers are told of a series, and by which routes",
		Long: `Route goes through notifier.routes for the series that are known, and for their disks
as a whole, as if they had just become bad. SERIES is one or more words that all
occur in the names, as ` + "`backmon watch`" + ` and messages write them; flags name them
exactly. Without both it looks at all.

Where the bus can't be reached, or no such series is known, it answers for what the
flags name, and says what it assumed.`,
		Example: "  backmon notify route\n  backmon notify route 'prod:db postgres / full'\n  backmon notify route --env prod --disk db --severity warning\n  backmon notify route --env prod --disk new --directory postgres --file full --label team=db",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runNotifyRoute(cmd.Context(), strings.Fields(strings.Join(args, " ")), o)
		},
	}
	o.match.addNames(c, "look at")
	c.Flags().StringVar(&o.state, "state", "", "as if they had this state (default MISSING, for disks UNKNOWN)")
	c.Flags().StringVar(&o.severity, "severity", "", "as if they had this severity (default that of the state)")
	outputFlag(c, &o.format, formatTable, formatJSON)
	return c
}

func (a *app) runNotifyRoute(ctx context.Context, words []string, o routeOptions) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	m, err := o.match.match()
	if err != nil {
		return err
	}
	trial, err := newTrial(o)
	if err != nil {
		return err
	}
	found, assumed, err := a.candidates(ctx, m, words)
	if err != nil {
		return err
	}
	if !c.Notifier.Enabled {
		assumed = strings.TrimSuffix("the notifier is off (notifier.enabled), as if it were on; "+assumed, "; ")
	}
	r := &report.Routing{Assumed: assumed}
	for _, i := range found {
		r.Answers = append(r.Answers, answer(c.Notifier, trial.of(i)))
	}
	if o.format == formatJSON {
		return report.RoutingJSON(a.Out, r)
	}
	return report.RoutingTable(a.Out, r, a.colour(a.Out))
}

// answer goes through the routes for one incident.
func answer(n config.Notifier, i incident.Incident) report.RouteAnswer {
	routes := routesOf(n)
	out := report.RouteAnswer{Incident: i, Receivers: incident.Receivers(routes, receiverNames(n), i), Everyone: len(routes) == 0}
	for _, taken := range incident.Taken(routes, i) {
		out.Lines = append(out.Lines, n.Routes[taken].Line)
	}
	return out
}

// routesOf are the routes without their places.
func routesOf(n config.Notifier) []incident.Route {
	var routes []incident.Route
	for _, r := range n.Routes {
		routes = append(routes, r.Route)
	}
	return routes
}

func receiverNames(n config.Notifier) []string {
	var names []string
	for _, r := range n.Receivers {
		names = append(names, r.Name)
	}
	return names
}

// candidates are the known series and disks that are asked for, or the one that the
// match names. assumed says what was not known.
func (a *app) candidates(ctx context.Context, m incident.Match, words []string) (found []incident.Incident, assumed string, err error) {
	known, unreachable := a.knownSubjects(ctx)
	for _, i := range known {
		if m.Covers(i) && mentions(i.Subject, words) {
			found = append(found, i)
		}
	}
	switch {
	case len(found) > 0:
		return found, "", nil
	case len(words) > 0 && unreachable != nil:
		return nil, "", fmt.Errorf("%w; name the series by --env, --disk, --directory, --file and --group instead", unreachable)
	case len(words) > 0:
		return nil, "", fmt.Errorf("no series or disk that is known has %q in its names; compare with `backmon status`", strings.Join(words, " "))
	}
	assumed = "it is not known; assumed"
	if unreachable != nil {
		assumed = "the known ones can't be read (" + unreachable.Error() + "); assumed"
	}
	i, err := imagined(m)
	if err != nil {
		if unreachable != nil {
			err = fmt.Errorf("%w (the known ones can't be read: %w)", err, unreachable)
		}
		return nil, "", err
	}
	if len(i.Labels) == 0 {
		return []incident.Incident{i}, assumed + " without labels", nil
	}
	return []incident.Incident{i}, assumed + " with the labels of --label", nil
}

// knownSubjects reads the series with their labels and the disks from the bus.
func (a *app) knownSubjects(ctx context.Context) (known []incident.Incident, err error) {
	err = a.withBus(ctx, func(ctx context.Context, _ *config.Config, b *bus.Bus) error {
		board, err := replay(ctx, b)
		if err != nil {
			return err
		}
		for _, d := range board.Disks() {
			known = append(known, incident.Incident{Subject: incident.Subject{Environment: d.GetEnvironment(), Disk: d.GetDisk()}})
		}
		for _, s := range board.Series() {
			known = append(known, incident.Incident{Subject: s.Series, Labels: s.Policy.Labels})
		}
		return nil
	})
	return known, err
}

// mentions reports whether all words occur in the names of a subject, as commands
// write it or as messages do.
func mentions(s incident.Subject, words []string) bool {
	name := strings.ToLower(report.SubjectText(s) + " " + asMessages(s))
	for _, word := range words {
		if !strings.Contains(name, strings.ToLower(word)) {
			return false
		}
	}
	return true
}

// asMessages is a subject as messages write it: "postgres/full (acme) on prod:db".
func asMessages(s incident.Subject) string {
	if incident.OfDisk(s) {
		return ""
	}
	return prose.Clean(fmt.Sprintf("%s/%s (%s) on %s:%s", s.Directory, s.File, s.Group, s.Environment, s.Disk))
}

// imagined is what a match names, which has to be one thing.
func imagined(m incident.Match) (incident.Incident, error) {
	var s incident.Subject
	for _, n := range []struct {
		flag  string
		names []string
		to    *string
	}{
		{"env", m.Environments, &s.Environment}, {"disk", m.Disks, &s.Disk}, {"directory", m.Directories, &s.Directory}, {"file", m.Files, &s.File}, {"group", m.Groups, &s.Group},
	} {
		if len(n.names) > 1 || len(n.names) == 1 && strings.Contains(n.names[0], "*") {
			return incident.Incident{}, fmt.Errorf("--%s: give one name in full", n.flag)
		}
		if len(n.names) == 1 {
			*n.to = n.names[0]
		}
	}
	switch {
	case s.Environment == "" || s.Disk == "":
		return incident.Incident{}, errors.New("give --env and --disk, and for a series --directory and --file")
	case (s.Directory == "") != (s.File == "") || s.Group != "" && s.File == "":
		return incident.Incident{}, errors.New("a series has both --directory and --file")
	case s.Group == "":
		s.Group = s.Directory
	}
	i := incident.Incident{Subject: s}
	for name, values := range m.Labels {
		if i.Labels == nil {
			i.Labels = map[string]string{}
		}
		i.Labels[name] = values[0]
	}
	return i, nil
}
