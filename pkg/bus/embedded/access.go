package embedded

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/backmon/backmon/pkg/bus"
)

// Users of the embedded server. Anybody on this machine may listen to the live
// statuses; whatever else is for those who can read the store: who may write a
// status can make the purger look at files.
const (
	operator = "backmon"
	listener = "listener"
	// passwordFile holds the operator's password, for other processes of the
	// same person.
	passwordFile = "password"
)

func users(password string) []*server.User {
	return []*server.User{
		{Username: operator, Password: password},
		{Username: listener, Permissions: &server.Permissions{
			Publish:   &server.SubjectPermission{Deny: []string{">"}},
			Subscribe: &server.SubjectPermission{Allow: []string{bus.LiveSubject(bus.AllStatuses())}},
		}},
	}
}

// makePassword reads the store's password, or makes one.
func makePassword(dir string) (string, error) {
	password, err := readPassword(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return password, err
	}
	password = rand.Text()
	err = os.WriteFile(filepath.Join(dir, passwordFile), []byte(password+"\n"), 0o600)
	return password, err
}

func readPassword(dir string) (string, error) {
	data, err := os.ReadFile(filepath.Join(dir, passwordFile))
	if err != nil {
		return "", err
	}
	password := strings.TrimSpace(string(data))
	if password == "" {
		return "", fmt.Errorf("password file in %q is empty", dir)
	}
	return password, nil
}

func clientConfig(config Config, password string) bus.Config {
	address := url.URL{Scheme: "nats", User: url.UserPassword(operator, password), Host: config.Listen}
	if config.Listen == NoListen {
		address.Host = DefaultListen // never dialled
	}
	return bus.Config{URLs: []string{address.String()}, Replicas: 1}
}

// ClientConfig is how another process connects to the server that runs with the
// same configuration. It reads the store's password, so the process needs the
// rights of the server's user.
func ClientConfig(config Config) (bus.Config, error) {
	if err := config.Validate(); err != nil {
		return bus.Config{}, err
	}
	config = config.withDefaults()
	if config.Listen == NoListen {
		return bus.Config{}, errors.New("the embedded NATS listens on no address (listen: none)")
	}
	password, err := readPassword(config.StoreDir)
	if errors.Is(err, fs.ErrNotExist) {
		return bus.Config{}, fmt.Errorf("no backmon has run with store %q yet; start `backmon run`", config.StoreDir)
	}
	if err != nil {
		return bus.Config{}, fmt.Errorf("read password of the embedded NATS: %w", err)
	}
	return clientConfig(config, password), nil
}
