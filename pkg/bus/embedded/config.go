package embedded

import (
	"errors"
	"fmt"
	"net"
	"strconv"
)

const (
	// DefaultListen is where other programs on this machine, as `backmon status`
	// and `nats sub`, reach the server.
	DefaultListen = "127.0.0.1:4222"
	// NoListen as Config.Listen keeps the server within the process.
	NoListen = "none"

	defaultMaxMemory = 64 << 20
	defaultMaxStore  = 8 << 30
)

// Config of the server within the process.
type Config struct {
	// StoreDir is the directory of the streams, made when missing. One server at
	// a time uses it. Needed.
	StoreDir string
	// Listen is the address for other programs: DefaultListen when empty,
	// NoListen for none. The server asks for no password, so anything but
	// loopback is refused.
	Listen string
	// MaxMemory and MaxStore limit JetStream, in bytes; 64 MiB and 8 GiB when 0.
	MaxMemory, MaxStore int64
}

// Validate returns all that is wrong with the configuration, joined.
func (c Config) Validate() error {
	var problems []error
	if c.StoreDir == "" {
		problems = append(problems, errors.New("store_dir: is missing"))
	}
	if c.MaxMemory < 0 {
		problems = append(problems, fmt.Errorf("max_memory: %d is negative", c.MaxMemory))
	}
	if c.MaxStore < 0 {
		problems = append(problems, fmt.Errorf("max_store: %d is negative", c.MaxStore))
	}
	if c.Listen != "" && c.Listen != NoListen {
		problems = append(problems, validateListen(c.Listen))
	}
	return errors.Join(problems...)
}

func validateListen(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("listen: %q is not host:port", address)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("listen: %q is no port", port)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("listen: %q is not loopback; the embedded server has no TLS: use a NATS of its own to share it", host)
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.Listen == "" {
		c.Listen = DefaultListen
	}
	if c.MaxMemory == 0 {
		c.MaxMemory = defaultMaxMemory
	}
	if c.MaxStore == 0 {
		c.MaxStore = defaultMaxStore
	}
	return c
}
