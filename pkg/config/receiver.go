package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

// Defaults of receivers.
const (
	DefaultWebhookTimeout  = 10 * time.Second // and of Alertmanagers
	DefaultShoutrrrTimeout = 30 * time.Second
	DefaultExecTimeout     = 30 * time.Second
	DefaultResendInterval  = time.Minute
)

// Receiver is one who is told of troubles: exactly one of Webhook, Alertmanager,
// Shoutrrr and Exec is set.
type Receiver struct {
	Name         string
	Place        Place
	Webhook      *Webhook
	Alertmanager *Alertmanager
	Shoutrrr     *Shoutrrr
	Exec         *Exec
	// Title and Text replace the templates of the messages.
	Title, Text Template
	// SendResolved says whether it is told that a trouble is over.
	SendResolved bool
}

// Place is where something stands in the file, both from 1.
type Place struct{ Line, Column int }

// Webhook is a server that takes each message as a CloudEvent in JSON.
type Webhook struct {
	URL     Secret
	Secret  Secret            // signs the body; empty: it is not signed
	Headers map[string]Secret // that are sent along
	CAFile  string            // authorities to trust beside the system's in PEM; empty: none
	Timeout time.Duration     // for one request
}

// Alertmanager is a cluster of Prometheus Alertmanagers.
type Alertmanager struct {
	URLs           []string // of its peers, each is told; at least one
	BasicAuth      *BasicAuth
	Headers        map[string]Secret // that are sent along
	CAFile         string            // as for Webhook
	ResendInterval time.Duration     // how often what goes on is sent again
	Timeout        time.Duration     // for one request
}

// BasicAuth is how the program logs in elsewhere. Both fields are set.
type BasicAuth struct {
	Username string
	Password Secret
}

// Shoutrrr is a list of chats, mailboxes and so on.
type Shoutrrr struct {
	URLs    []Secret      // at least one
	Places  []Place       // of these
	Timeout time.Duration // for one message
}

// Exec is a program that takes each message as JSON on its standard input.
type Exec struct {
	Command []string      // the program and its arguments; no shell reads it
	Timeout time.Duration // after which it is killed
}

const (
	keyWebhook      = "webhook"
	keyAlertmanager = "alertmanager"
	keyShoutrrr     = "shoutrrr"
	keyExec         = "exec"
)

// receiverName is what commands, metrics and subjects take for a receiver. Problems
// quote it, so that it holds no variable.
var receiverName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

func readReceivers(node document.Node) []Receiver {
	var receivers []Receiver
	first := map[string]int{} // the line of each name
	for _, item := range node.Items() {
		r := readReceiver(item)
		name := item.Get("name")
		line, _ := name.Position()
		if before, taken := first[r.Name]; taken && r.Name != "" {
			name.Problem(backup.Error, fmt.Sprintf("receiver %q is there already, on line %d", name.Source(), before), "names have to differ")
		} else {
			first[r.Name] = line
		}
		receivers = append(receivers, r)
	}
	return receivers
}

// dropUnsound removes the receivers that have problems.
func (n *Notifier) dropUnsound(node document.Node) {
	var sound []Receiver
	for i, item := range node.Get("receivers").Items() {
		if !item.HasErrors() {
			sound = append(sound, n.Receivers[i])
		}
	}
	n.Receivers = sound
}

func readReceiver(node document.Node) Receiver {
	r := Receiver{Place: placeOf(node), SendResolved: true}
	if !node.Map(backup.Error, "name", keyWebhook, keyAlertmanager, keyShoutrrr, keyExec, "title", "text", "send-resolved") {
		if !node.Exists() {
			node.Problem(backup.Error, "the receiver is empty", "")
		}
		return r
	}
	name := node.Get("name")
	if r.Name = required(name, "name"); !receiverName.MatchString(name.Source()) && !name.HasErrors() {
		name.Problem(backup.Error, fmt.Sprintf("%q is no receiver's name", name.Source()), "use up to 64 letters, digits, - and _")
	}
	r.readKind(node)
	r.Title = readTemplate(node.Get("title"), "title")
	r.Text = readTemplate(node.Get("text"), "text")
	if resolved := node.Get("send-resolved"); resolved.Exists() {
		r.SendResolved = resolved.Bool()
	}
	return r
}

// readKind finds out what kind of receiver is described, and reads it.
func (r *Receiver) readKind(node document.Node) {
	given, kinds := givenKeys(node), []string{}
	for _, kind := range []string{keyWebhook, keyAlertmanager, keyShoutrrr, keyExec} {
		if given[kind] {
			kinds = append(kinds, kind)
		}
	}
	switch len(kinds) {
	case 1:
	case 0:
		node.Problem(backup.Error, "the receiver does not say how it is reached", "give it webhook, alertmanager, shoutrrr or exec")
		return
	default:
		node.Get(kinds[1]).Problem(backup.Error, "the receiver has both "+strings.Join(kinds, " and "), "make a receiver of each")
	}
	r.Webhook = readWebhook(node.Get(keyWebhook), given[keyWebhook])
	r.Alertmanager = readAlertmanager(node.Get(keyAlertmanager), given[keyAlertmanager])
	r.Shoutrrr = readShoutrrr(node.Get(keyShoutrrr), given[keyShoutrrr])
	r.Exec = readExec(node.Get(keyExec), given[keyExec])
}

func readWebhook(node document.Node, given bool) *Webhook {
	node.Map(backup.Error, "url", "secret", "headers", "ca-file", "timeout")
	if !given {
		return nil
	}
	return &Webhook{
		URL:     Secret(readWebURL(node.Get("url"))),
		Secret:  Secret(node.Get("secret").String()),
		Headers: readHeaders(node.Get("headers")),
		CAFile:  node.Get("ca-file").String(),
		Timeout: readBetween(node.Get("timeout"), DefaultWebhookTimeout, time.Second, 5*time.Minute),
	}
}

func readAlertmanager(node document.Node, given bool) *Alertmanager {
	node.Map(backup.Error, "urls", "basic-auth", "headers", "ca-file", "resend-interval", "timeout")
	if !given {
		return nil
	}
	a := &Alertmanager{
		BasicAuth:      readBasicAuth(node.Get("basic-auth")),
		Headers:        readHeaders(node.Get("headers")),
		CAFile:         node.Get("ca-file").String(),
		ResendInterval: readBetween(node.Get("resend-interval"), DefaultResendInterval, 10*time.Second, time.Hour),
		Timeout:        readBetween(node.Get("timeout"), DefaultWebhookTimeout, time.Second, 5*time.Minute),
	}
	for _, item := range addresses(node.Get("urls")) {
		checkURL(item, item.String(), "http", "https")
		a.URLs = append(a.URLs, item.String())
	}
	return a
}

func readBasicAuth(node document.Node) *BasicAuth {
	if !node.Map(backup.Error, "username", "password") {
		return nil
	}
	return &BasicAuth{
		Username: required(node.Get("username"), "username"),
		Password: Secret(required(node.Get("password"), "password")),
	}
}

func readShoutrrr(node document.Node, given bool) *Shoutrrr {
	node.Map(backup.Error, "urls", "timeout")
	if !given {
		return nil
	}
	s := &Shoutrrr{Timeout: readBetween(node.Get("timeout"), DefaultShoutrrrTimeout, time.Second, 5*time.Minute)}
	for _, item := range addresses(node.Get("urls")) {
		if scheme, rest, found := strings.Cut(item.String(), "://"); !item.HasErrors() && (!found || scheme == "" || rest == "") {
			item.Problem(backup.Error, "not the URL of a service", "expected something like slack://token@channel")
		}
		s.URLs, s.Places = append(s.URLs, Secret(item.String())), append(s.Places, placeOf(item))
	}
	return s
}

func placeOf(node document.Node) Place {
	line, column := node.Position()
	return Place{line, column}
}

// addresses returns the items of a list that must not be empty, nor an item.
func addresses(node document.Node) []document.Node {
	items := oneOrMore(node)
	if len(items) == 0 && !node.HasErrors() {
		node.Problem(backup.Error, "urls is missing", "")
	}
	for _, item := range items {
		required(item, "the URL")
	}
	return items
}

func readExec(node document.Node, given bool) *Exec {
	node.Map(backup.Error, "command", "timeout")
	if !given {
		return nil
	}
	command := node.Get("command")
	e := &Exec{Timeout: readBetween(node.Get("timeout"), DefaultExecTimeout, time.Second, 10*time.Minute)}
	if command.IsScalar() {
		command.Problem(backup.Error, "the command is text, and no shell is there to take it apart", "write a list: [program, argument, ...]")
		return e
	}
	e.Command = command.Strings()
	if (len(e.Command) == 0 || e.Command[0] == "") && !command.HasErrors() {
		command.Problem(backup.Error, "the command is missing", "write a list: [program, argument, ...]")
	}
	if slices.ContainsFunc(e.Command, func(argument string) bool { return strings.ContainsRune(argument, 0) }) {
		command.Problem(backup.Error, "an argument holds a zero byte", "")
	}
	return e
}
