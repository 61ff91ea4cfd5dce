package config

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

// Defaults of the notifier.
const (
	DefaultGroupWait      = 30 * time.Second
	DefaultGroupInterval  = 5 * time.Minute
	DefaultRepeatInterval = backup.Day
	DefaultGiveUpAfter    = backup.Day
)

// labelPrefix is what stands before a label's name in group-by.
const labelPrefix = "labels."

// Notifier says who is told of troubles, how, and when.
type Notifier struct {
	// Enabled says whether it runs at all.
	Enabled bool
	// GroupBy names what the incidents of one message have in common, as
	// incident.Notice has it: env, disk, directory, file, group, or labels.NAME.
	// Without any, all go into one.
	GroupBy []string
	// GroupWait is how long a first message waits for others that belong to it.
	GroupWait time.Duration
	// GroupInterval is the least time between two messages about a group.
	GroupInterval time.Duration
	// RepeatInterval is after which what is still wrong is told again, 0 for never.
	RepeatInterval time.Duration
	// GiveUpAfter is how long a message is tried before it is given up.
	GiveUpAfter time.Duration
	// Timezone is the one of times in messages.
	Timezone *time.Location
	// PageURL is the page's public address, for links; empty: no links.
	PageURL string
	// WebhookAllow are the hosts and networks that webhooks may lead to: "host",
	// "*.domain", an address or a network in CIDR notation. Without any, all.
	WebhookAllow []string
	// Receivers are in the order of the file, each with another name.
	Receivers []Receiver
	// Routes are tried in this order. Without any, every receiver is told all.
	Routes    []Route
	Digest    *Digest    // nil: none is sent
	Heartbeat *Heartbeat // nil: none is sent
}

func defaultNotifier() Notifier {
	return Notifier{
		Enabled: true, GroupBy: []string{matchEnv, matchDisk},
		GroupWait: DefaultGroupWait, GroupInterval: DefaultGroupInterval, RepeatInterval: DefaultRepeatInterval, GiveUpAfter: DefaultGiveUpAfter,
		Timezone: time.UTC,
	}
}

func (n *Notifier) read(node document.Node, environments []Environment) {
	node.Map(backup.Error, "enabled", "group-by", "group-wait", "group-interval", "repeat-interval", "give-up-after",
		"timezone", "page-url", "webhook-allow", "receivers", "routes", "digest", "heartbeat")
	if enabled := node.Get("enabled"); enabled.Exists() {
		n.Enabled = enabled.Bool()
	}
	if by := node.Get("group-by"); by.Exists() {
		n.GroupBy = readGroupBy(by)
	}
	n.GroupWait = readBetween(node.Get("group-wait"), n.GroupWait, 0, time.Hour)
	n.GroupInterval = readBetween(node.Get("group-interval"), n.GroupInterval, 0, backup.Day)
	n.RepeatInterval = readBetween(node.Get("repeat-interval"), n.RepeatInterval, 0, 365*backup.Day)
	n.GiveUpAfter = readBetween(node.Get("give-up-after"), n.GiveUpAfter, time.Minute, 30*backup.Day)
	n.Timezone = readTimezone(node.Get("timezone"), n.Timezone)
	n.PageURL = readPageURL(node.Get("page-url"))
	for _, item := range oneOrMore(node.Get("webhook-allow")) {
		n.WebhookAllow = append(n.WebhookAllow, readAllowed(item))
	}
	n.Receivers = readReceivers(node.Get("receivers"))
	routes := routeReader{notifier: n, environments: environments}
	routes.read(node.Get("routes"))
	n.Digest = n.readDigest(node.Get("digest"))
	n.Heartbeat = readHeartbeat(node.Get("heartbeat"))
	n.checkUse(node)
}

// checkUse looks for receivers that get nothing.
func (n *Notifier) checkUse(node document.Node) {
	if len(n.Routes) == 0 || node.HasErrors() {
		return
	}
	var used []string
	for _, r := range n.Routes {
		used = append(used, r.Receivers...)
	}
	if n.Digest != nil {
		used = append(used, n.Digest.Receivers...)
	}
	for i, item := range node.Get("receivers").Items() {
		if !slices.Contains(used, n.Receivers[i].Name) {
			item.Get("name").Problem(backup.Error, fmt.Sprintf("receiver %q gets nothing: no route leads to it", item.Get("name").Source()), "name it in a route, or remove it")
		}
	}
}

// labelName is what definitions take for a label's name.
var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

func readGroupBy(node document.Node) []string {
	by := []string{}
	for _, item := range oneOrMore(node) {
		name := item.String()
		if label, ok := strings.CutPrefix(name, labelPrefix); !ok || !labelName.MatchString(label) {
			name = item.OneOf(backup.Error, matchEnv, matchDisk, matchDirectory, matchFile, matchGroup, labelPrefix+"NAME")
		}
		if slices.Contains(by, name) && !item.HasErrors() {
			item.Problem(backup.Error, fmt.Sprintf("%q is given twice", item.Source()), "")
		}
		by = append(by, name)
	}
	return by
}

// readPageURL reads an address that paths are appended to; empty is none.
func readPageURL(node document.Node) string {
	text := node.String()
	if text == "" {
		return ""
	}
	checkWebURL(node)
	parsed, err := url.Parse(text)
	if err == nil && !node.HasErrors() && (parsed.RawQuery != "" || parsed.Fragment != "" || parsed.User != nil) {
		node.Problem(backup.Error, "the page's address has more than host and path", "leave away what begins with ?, # or ends with @")
	}
	return strings.TrimRight(text, "/")
}
