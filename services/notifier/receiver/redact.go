package receiver

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// redactor takes secrets out of texts that others wrote.
type redactor struct{ replace *strings.Replacer }

// hidden stands where a secret was.
const hidden = "***"

// leastSecret is the length from which a part of an address counts as secret:
// shorter ones are words, and taken out would make texts unreadable.
const leastSecret = 4

// words stand in addresses without being secret.
var words = []string{"http", "https", "html", "json", "hook", "webhook", "slack", "telegram", "None", "Auto"}

// newRedactor returns one that knows secrets. Those that are URLs are known by
// their parts too, since errors may hold any of these.
func newRedactor(secrets ...string) redactor {
	known := map[string]bool{}
	for _, s := range secrets {
		for _, part := range parts(s) {
			if len(part) >= leastSecret && !slices.Contains(words, part) {
				known[part] = true
			}
		}
	}
	var longest []string
	for part := range known {
		longest = append(longest, part)
	}
	slices.SortFunc(longest, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, part := range longest {
		pairs = append(pairs, part, hidden)
	}
	return redactor{strings.NewReplacer(pairs...)}
}

// addresses finds URLs in a text, in which only scheme and host may stay.
var addresses = regexp.MustCompile(`([a-zA-Z][a-zA-Z0-9+.-]*)://(?:[^\s"'/?#<>]*@)?([^\s"'/?#<>@]*)[^\s"'<>]*`)

// clean takes secrets out of a text.
func (r redactor) clean(text string) string {
	text = addresses.ReplaceAllString(text, "$1://$2")
	if r.replace == nil {
		return text
	}
	return r.replace.Replace(text)
}

// parts are a secret in the ways in which it may appear; of a URL also its parts.
func parts(secret string) []string {
	u, err := url.Parse(secret)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return spellings(secret)
	}
	out, found := []string{secret}, []string(nil)
	if u.User != nil {
		password, _ := u.User.Password()
		found = append(found, u.User.Username(), password, u.User.String(),
			base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password)))
	}
	if !namesHost(u.Scheme) {
		found = append(found, u.Host, u.Hostname(), u.Port())
	}
	found = append(found, u.Path, strings.Trim(u.Path, "/"), u.RawQuery, u.Fragment)
	found = append(found, strings.Split(u.Path, "/")...)
	for _, values := range u.Query() {
		found = append(found, values...)
	}
	for _, part := range found {
		out = append(out, spellings(part)...)
	}
	return out
}

// spellings are a text, and the ways in which programs rewrite it, in whole and
// in the pieces that tokens are made of.
func spellings(text string) []string {
	out := []string{text, url.PathEscape(text), url.QueryEscape(text)}
	for _, piece := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("-:/,;", r) }) {
		if len(piece) >= 2*leastSecret {
			out = append(out, piece)
		}
	}
	return out
}

// namesHost reports whether the host of an address is one, and not a token.
func namesHost(scheme string) bool {
	scheme, _, _ = strings.Cut(scheme, "+")
	return slices.Contains([]string{"http", "https", "smtp", "gotify", "ntfy", "matrix", "mattermost", "rocketchat", "generic", "zulip", "signal", "bark", "opsgenie", "pagerduty", "lark", "googlechat", "hangouts"}, strings.ToLower(scheme))
}

// site is what may be said of an address: scheme and host.
func site(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "an address"
	}
	return u.Scheme + "://" + u.Host
}
