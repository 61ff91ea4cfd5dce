package bus

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Config says which NATS to use.
type Config struct {
	// URLs of the servers, as "nats://host:4222" or "tls://host:4222"; other
	// servers of the cluster are learned from these. Not needed with
	// Options.InProcess.
	URLs []string
	// CredsFile is a NATS credentials file; empty for none.
	CredsFile string
	// User and Password, in place of those in a URL or of CredsFile; both or none.
	User, Password string
	// TLS of the connection; zero for what the URL says.
	TLS TLS
	// InboxPrefix is the beginning of the subjects that answers come on, so that
	// services can't read each other's; "_INBOX" when empty.
	InboxPrefix string
	// Replicas of each stream when provisioning: 1, 3 or 5; 0 means 1.
	Replicas int
}

// TLS names files in PEM.
type TLS struct {
	// CA holds the certificates that the server's one is checked with; empty for
	// those of the system.
	CA string
	// Cert and Key are the client's own; both or none.
	Cert, Key string
}

// Validate returns all that is wrong with the configuration, joined.
func (c Config) Validate() error {
	var problems []error
	for _, raw := range c.URLs {
		problems = append(problems, validateURL(raw))
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		problems = append(problems, errors.New("tls: cert and key must be given together"))
	}
	if (c.User == "") != (c.Password == "") {
		problems = append(problems, errors.New("user and password must be given together"))
	}
	if c.User != "" && c.CredsFile != "" {
		problems = append(problems, errors.New("user: there is a credentials file already"))
	}
	if c.Replicas < 0 || c.Replicas > 5 || c.Replicas == 2 || c.Replicas == 4 {
		problems = append(problems, fmt.Errorf("replicas: %d is not 1, 3 or 5", c.Replicas))
	}
	if !validPrefix(c.InboxPrefix) {
		problems = append(problems, fmt.Errorf("inbox_prefix: %q is no subject", c.InboxPrefix))
	}
	return errors.Join(problems...)
}

func validateURL(raw string) error {
	parsed, err := url.Parse(raw)
	if err != nil {
		return fmt.Errorf("url: %q is no URL", raw)
	}
	switch parsed.Scheme {
	case "nats", "tls", "ws", "wss":
	default:
		return fmt.Errorf("url: %q must begin with nats://, tls://, ws:// or wss://", redact(parsed))
	}
	if parsed.Host == "" {
		return fmt.Errorf("url: %q has no host", redact(parsed))
	}
	return nil
}

// redact leaves no password in a message.
func redact(u *url.URL) string { return u.Redacted() }

func validPrefix(prefix string) bool {
	if prefix == "" {
		return true
	}
	for token := range strings.SplitSeq(prefix, ".") {
		if token == "" || strings.ContainsAny(token, " \t\r\n*>") {
			return false
		}
	}
	return true
}

func (c Config) replicas() int { return max(c.Replicas, 1) }
