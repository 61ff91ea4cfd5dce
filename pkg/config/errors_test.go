package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/goldentest"
)

// TestErrors reads configurations with every kind of problem; the golden files
// hold the problems as they are printed.
func TestErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c, err := config.Parse(data, "config.yaml", variables())
			var all *config.Error
			if c != nil || !errors.As(err, &all) {
				t.Fatalf("got %v, %v", c, err)
			}
			goldentest.Compare(t, "errors/"+name+".golden", err.Error()+"\n")
		})
	}
}
