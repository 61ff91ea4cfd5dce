package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/backmon/backmon/pkg/document"
)

// FileName is the name of the configuration file in the directories that Load
// searches.
const FileName = "config.yaml"

// ErrNotFound is what Load's error wraps if there is no configuration file.
var ErrNotFound = errors.New("no configuration file")

// Load reads the configuration file at path. If path is empty it takes the first
// that there is of ./config.yaml, ~/.backmon/config.yaml and
// /etc/backmon/config.yaml. env is as for Parse.
//
// The error is an *Error if the file has problems. It wraps ErrNotFound if there
// is no file, and tells where it was searched.
func Load(path string, env func(string) (string, bool)) (*Config, error) {
	if path != "" {
		return loadFirst([]string{path}, env)
	}
	return loadFirst(searchPath(), env)
}

// loadFirst reads the first file that there is.
func loadFirst(candidates []string, env func(string) (string, bool)) (*Config, error) {
	for _, candidate := range candidates {
		data, err := readFile(candidate)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read configuration: %w", err)
		}
		return Parse(data, candidate, env)
	}
	return nil, fmt.Errorf("%w at %s", ErrNotFound, strings.Join(candidates, ", "))
}

// searchPath lists where a configuration file may be.
func searchPath() []string {
	directories := []string{"."}
	if home, err := os.UserHomeDir(); err == nil {
		directories = append(directories, filepath.Join(home, ".backmon"))
	}
	directories = append(directories, "/etc/backmon")
	for i, directory := range directories {
		directories[i] = filepath.Join(directory, FileName)
	}
	return directories
}

// readFile reads a file, but of a large one only so much that Parse can tell.
func readFile(path string) (data []byte, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return io.ReadAll(io.LimitReader(file, document.DefaultMaxBytes+1))
}
