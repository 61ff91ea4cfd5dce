package bus

import (
	"fmt"
	"strconv"
	"strings"
)

// OldestServer is the oldest nats-server that has what the streams need.
const OldestServer = "2.11"

// version is the major and minor number of a server.
type version struct{ major, minor int }

var (
	oldestServer = version{2, 11}
	// Atomic batches came with 2.12; without them statuses go one by one.
	firstWithBatches = version{2, 12}
)

func (v version) before(o version) bool {
	return v.major < o.major || v.major == o.major && v.minor < o.minor
}

func parseVersion(text string) (version, error) {
	major, rest, _ := strings.Cut(strings.TrimPrefix(text, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	x, errMajor := strconv.Atoi(major)
	y, errMinor := strconv.Atoi(minor)
	if errMajor != nil || errMinor != nil {
		return version{}, fmt.Errorf("version %q is unreadable", text)
	}
	return version{x, y}, nil
}

// checkVersion refuses a server that is too old, by name.
func checkVersion(text, address string) (version, error) {
	v, err := parseVersion(text)
	if err != nil {
		return version{}, fmt.Errorf("nats-server at %s: %w", address, err)
	}
	if v.before(oldestServer) {
		return v, fmt.Errorf("nats-server %s at %s: %w: backmon needs %s or newer",
			text, address, ErrServerTooOld, OldestServer)
	}
	return v, nil
}
