package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/config"
)

// write makes a file and the folders above it.
func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	write(t, file, local+"port: ${PORT}")
	c, err := config.Load(file, variables("PORT=81"))
	if err != nil || c.Port != 81 || c.File != file {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestLoadSearches(t *testing.T) {
	here, home := t.TempDir(), t.TempDir()
	t.Chdir(here)
	t.Setenv("HOME", home)

	places := config.SearchPath()
	want := []string{"config.yaml", filepath.Join(home, ".backmon", "config.yaml"), "/etc/backmon/config.yaml"}
	if diff := cmp.Diff(want, places); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
	if _, err := config.LoadFirst(places[:2], nil); !errors.Is(err, config.ErrNotFound) ||
		err.Error() != "no configuration file at config.yaml, "+places[1] {
		t.Errorf("no file: %v", err)
	}
	write(t, places[1], local+"port: 1")
	if c, err := config.Load("", nil); err != nil || c.Port != 1 {
		t.Errorf("in the home directory: %+v, %v", c, err)
	}
	write(t, places[0], local+"port: 2")
	if c, err := config.Load("", nil); err != nil || c.Port != 2 || c.File != "config.yaml" {
		t.Errorf("in the working directory: %+v, %v", c, err)
	}
}

func TestLoadErrors(t *testing.T) {
	folder := t.TempDir()
	bad := filepath.Join(folder, "bad.yaml")
	write(t, bad, "port: x")
	for _, c := range []struct {
		name, path, want string
		is               func(error) bool
	}{
		{"a path that is not there", filepath.Join(folder, "none.yaml"), "no configuration file at ", func(err error) bool { return errors.Is(err, config.ErrNotFound) }},
		{"a folder", folder, "read configuration: ", func(err error) bool { return !errors.Is(err, fs.ErrNotExist) }},
		{"problems", bad, bad + ":1:1: there is no environment", func(err error) bool { var all *config.Error; return errors.As(err, &all) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			loaded, err := config.Load(c.path, nil)
			if err == nil || loaded != nil || !strings.HasPrefix(err.Error(), c.want) || !c.is(err) {
				t.Errorf("got %v, %v", loaded, err)
			}
		})
	}
}

func TestLargeFileIsNotReadInFull(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.yaml")
	write(t, file, local+strings.Repeat("# comment\n", 4_000_000))
	if _, err := config.Load(file, nil); err == nil || !strings.HasSuffix(err.Error(), "at most 1048576 are read") {
		t.Errorf("error %v", err)
	}
}
