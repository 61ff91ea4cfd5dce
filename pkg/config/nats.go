package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

// NATS says how the bus is reached: an external server or cluster if there are
// URLs, else a server inside this process.
type NATS struct {
	URLs     []string // nats, tls, ws or wss; servers of one cluster
	Creds    string   // file with a user's credentials; empty: none
	User     string   // with Password, instead of Creds; empty: none
	Password Secret
	TLS      NATSTLS
	Replicas int // of each stream, for `backmon provision`: 1, 3 or 5
	Embedded EmbeddedNATS
}

// External reports whether the bus is a server outside of this process.
func (n NATS) External() bool { return len(n.URLs) > 0 }

// NATSTLS names files in PEM for connections to an external server.
type NATSTLS struct {
	CA          string // authorities to trust; empty: those of the system
	Certificate string // of the client; empty: none
	Key         string // of the client, with Certificate
}

// EmbeddedNATS is the server inside this process.
type EmbeddedNATS struct {
	// StoreDir is the directory of its streams. If it is relative, then to the
	// working directory.
	StoreDir string
	// Listen is the host:port where other programs may connect; empty: nowhere.
	Listen string
}

func defaultNATS() NATS {
	return NATS{Replicas: 1, Embedded: EmbeddedNATS{StoreDir: DefaultStoreDir, Listen: DefaultListen}}
}

func (n *NATS) read(node document.Node) {
	node.Map(backup.Error, "url", "creds", "user", "password", "tls", "replicas", "embedded")
	n.URLs = readURLs(node.Get("url"))
	n.Creds = node.Get("creds").String()
	n.readUser(node)
	n.TLS.read(node.Get("tls"))
	if replicas := node.Get("replicas"); replicas.Exists() {
		n.Replicas = readReplicas(replicas)
	}
	n.Embedded.read(node.Get("embedded"))
	if url := node.Get("url"); url.Exists() {
		forbid(node.Get("embedded"), "with url there is no embedded server", "remove one of the two")
		return
	}
	for _, key := range []string{"creds", "user", "password", "tls", "replicas"} {
		forbid(node.Get(key), fmt.Sprintf("%s is for an external server only", key), "give its url, or remove the key")
	}
}

// readUser reads the user, who is one way to log in; a credentials file is the other.
func (n *NATS) readUser(node document.Node) {
	n.User = node.Get("user").String()
	n.Password = Secret(node.Get("password").String())
	together(node, "user", "password")
	if n.Creds != "" && n.User != "" {
		node.Get("user").Problem(backup.Error, "there are credentials already", "remove creds, or user and password")
	}
}

// forbid records a problem if there is a value.
func forbid(node document.Node, message, hint string) {
	if node.Exists() {
		node.Problem(backup.Error, message, hint)
	}
}

// readURLs reads one URL, several with commas between them, or a list.
func readURLs(node document.Node) []string {
	var urls []string
	for _, item := range oneOrMore(node) {
		for text := range strings.SplitSeq(item.String(), ",") {
			if text = strings.TrimSpace(text); text == "" {
				item.Problem(backup.Error, "the URL is empty", "")
			} else {
				checkURL(item, text, "nats", "tls", "ws", "wss")
				urls = append(urls, text)
			}
		}
	}
	return urls
}

// checkURL checks for a server's URL. Problems don't quote it: a password may be
// in it, which is one of the problems.
func checkURL(node document.Node, text string, schemes ...string) {
	parsed, err := url.Parse(text)
	switch {
	case node.HasErrors():
	case err != nil || parsed.Host == "" || !slices.Contains(schemes, parsed.Scheme):
		node.Problem(backup.Error, "not a server's URL", "expected something like "+schemes[0]+"://host:port")
	case parsed.User != nil:
		node.Problem(backup.Error, "credentials don't belong into a URL", "there are keys for them")
	}
}

func readReplicas(node document.Node) int {
	replicas := int(node.Int(1, 5))
	if replicas%2 == 0 && !node.HasErrors() {
		node.Problem(backup.Error, fmt.Sprintf("%d replicas: expected 1, 3 or 5", replicas), "")
	}
	return replicas
}

func (t *NATSTLS) read(node document.Node) {
	node.Map(backup.Error, "ca", "certificate", "key")
	t.CA = node.Get("ca").String()
	t.Certificate = node.Get("certificate").String()
	t.Key = node.Get("key").String()
	together(node, "certificate", "key")
}

func (e *EmbeddedNATS) read(node document.Node) {
	node.Map(backup.Error, "store_dir", "listen")
	if dir := node.Get("store_dir"); dir.Exists() {
		e.StoreDir = required(dir, "store_dir")
	}
	if listen := node.Get("listen"); listen.Exists() {
		e.Listen = listen.String()
		checkListen(listen, e.Listen)
	}
}

func checkListen(node document.Node, text string) {
	if text == "" || node.HasErrors() {
		return
	}
	_, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		node.Problem(backup.Error, fmt.Sprintf("%q is no address to listen on", node.Source()), "write host:port, or \"\" to listen nowhere")
	}
}
