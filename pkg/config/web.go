package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

// readWebURL reads the URL that a request is sent to.
func readWebURL(node document.Node) string {
	text := required(node, "url")
	checkWebURL(node)
	return text
}

// checkWebURL checks for an address on the web. Problems don't quote it: its path
// may be a secret.
func checkWebURL(node document.Node) {
	parsed, err := url.Parse(node.String())
	if node.HasErrors() {
		return
	}
	if err != nil || parsed.Hostname() == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		node.Problem(backup.Error, "not an address on the web", "expected something like https://host/path")
	}
}

// headerName is what RFC 9110 takes for the name of a field.
var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

// ownHeaders are set by the webhook itself.
func ownHeaders() []string {
	return []string{"content-type", "content-length", "transfer-encoding", "idempotency-key", "ce-id", "backmon-signature"}
}

func readHeaders(node document.Node) map[string]Secret {
	var headers map[string]Secret
	for _, key := range node.Keys() {
		name, value := key.String(), node.Get(key.String())
		switch {
		case !headerName.MatchString(name):
			key.Problem(backup.Error, fmt.Sprintf("%q is no header's name", name), "")
		case slices.Contains(ownHeaders(), strings.ToLower(name)):
			key.Problem(backup.Error, fmt.Sprintf("header %q is set by backmon", name), "remove it")
		case strings.ContainsFunc(value.String(), func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
			value.Problem(backup.Error, fmt.Sprintf("the value of header %q holds a control character", name), "is there a line break?")
		}
		if headers == nil {
			headers = map[string]Secret{}
		}
		headers[name] = Secret(value.String())
	}
	return headers
}

// hostName is a name, or a name's end behind "*.".
var hostName = regexp.MustCompile(`^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$`)

// readAllowed reads a host, an address or a network.
func readAllowed(node document.Node) string {
	text := required(node, "the host")
	_, notAddress := netip.ParseAddr(text)
	_, notNetwork := netip.ParsePrefix(text)
	if notAddress != nil && notNetwork != nil && !hostName.MatchString(text) && !node.HasErrors() {
		node.Problem(backup.Error, fmt.Sprintf("%q is neither a host nor a network", node.Source()), "write hooks.example.com, *.example.com, 10.0.0.7 or 10.0.0.0/8")
	}
	return text
}
