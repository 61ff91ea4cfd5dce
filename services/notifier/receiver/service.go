package receiver

import (
	"net/url"
	"slices"
	"strings"

	"github.com/backmon/backmon/services/notifier/message"
)

// What is known of shoutrrr's services, besides what their URLs say.

// withTitle are the services that show a title apart from the text.
var withTitle = []string{"bark", "discord", "gotify", "join", "lark", "ntfy", "opsgenie", "pushbullet", "pushover", "slack", "teams"}

// titled reports whether a service shows a title; "generic" does when it sends JSON.
func titled(scheme string, u *url.URL) bool {
	if scheme == "generic" {
		return parameter(u, "template") != ""
	}
	return slices.Contains(withTitle, scheme)
}

// calling are the services in which some words of a text call people.
var calling = []string{"discord", "googlechat", "hangouts", "lark", "matrix", "mattermost", "notifiarr", "rocketchat", "teams", "wecom", "zulip"}

// markupOf is what a service takes for more than plain text.
func markupOf(address string) message.Markup {
	u, err := url.Parse(address)
	if err != nil {
		return message.Plain
	}
	switch scheme := schemeOf(u); {
	case scheme == "slack", scheme == "telegram" && strings.EqualFold(parameter(u, "parsemode"), "html"):
		return message.Entities
	case slices.Contains(calling, scheme):
		return message.Mentions
	default:
		return message.Plain
	}
}

// defaultLimit bounds a text for a service, in bytes: all take as much.
const defaultLimit = 3500

// limits are those of services that take more, or less.
var limits = map[string]int{
	"discord": 5000, "generic": 60_000, "googlechat": 16_000, "gotify": 30_000, "hangouts": 16_000, "matrix": 30_000, "mattermost": 12_000,
	"opsgenie": 12_000, "pagerduty": 12_000, "pushover": 1000, "signal": 1900, "slack": 12_000, "teams": 16_000, "wecom": 2000, "zulip": 9000,
}

func limitOf(scheme string) int {
	if limit := limits[scheme]; limit > 0 {
		return limit
	}
	return defaultLimit
}

// titleLimit bounds a title, in characters.
func titleLimit(scheme string) int {
	if scheme == "opsgenie" {
		return 130
	}
	return 200
}

// shorten cuts a text at the end of a line, and keeps the link that is the last one.
func shorten(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	end := "\n… (cut off here)"
	if last := text[strings.LastIndexByte(text, '\n')+1:]; strings.HasPrefix(last, "http") && len(last) < limit/2 {
		end += "\n\n" + last
	}
	text = strings.ToValidUTF8(text[:max(0, limit-len(end))], "")
	if line := strings.LastIndexByte(text, '\n'); line > len(text)/2 {
		return text[:line] + end
	}
	return text + end
}

// recipients are the parameters in which a URL names several recipients.
var recipients = map[string][]string{
	"ifttt": {"events"}, "matrix": {"rooms", "room"}, "smtp": {"toaddresses", "to"}, "telegram": {"chats", "channels"},
}

// split takes a URL with several recipients apart, as such services tell one after
// the other: when one fails, those before it would be told twice.
func split(address string) []string {
	u, err := url.Parse(address)
	if err != nil {
		return []string{address}
	}
	query := u.Query()
	for key, values := range query {
		if !slices.Contains(recipients[schemeOf(u)], strings.ToLower(key)) || len(values) != 1 || !strings.Contains(values[0], ",") {
			continue
		}
		var out []string
		for _, recipient := range strings.Split(values[0], ",") {
			if recipient = strings.TrimSpace(recipient); recipient == "" {
				continue
			}
			query.Set(key, recipient)
			one := *u
			one.RawQuery = query.Encode()
			out = append(out, one.String())
		}
		return out
	}
	return splitPath(u, address)
}

// splitPath takes apart what names its recipients in the path.
func splitPath(u *url.URL, address string) []string {
	names := strings.Split(strings.Trim(u.Path, "/"), "/")
	if schemeOf(u) != "pushbullet" || len(names) < 2 {
		return []string{address}
	}
	var out []string
	for _, name := range names {
		one := *u
		one.Path = "/" + name
		out = append(out, one.String())
	}
	return out
}
