package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/backmon/backmon/pkg/config"
)

// FuzzConfig checks what holds for any bytes at all: a configuration or problems,
// never both, and no value out of bounds.
func FuzzConfig(f *testing.F) {
	files, _ := filepath.Glob("testdata/errors/*.yaml")
	for _, file := range append(files, example) {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse(data, "config.yaml", variables("A=a", "B="))
		if err == nil {
			checkBounds(t, c)
			return
		}
		var all *config.Error
		if c != nil || !errors.As(err, &all) || len(all.Problems) == 0 || err.Error() == "" {
			t.Errorf("configuration %v, error %v", c, err)
		}
	})
}

func checkBounds(t *testing.T, c *config.Config) {
	t.Helper()
	if c.Port < 0 || c.Port > 65535 || c.UpdateInterval < 1 || c.LogLevel == "" || c.Evaluator.Concurrency < 1 || c.Limits.Definitions < 1 {
		t.Errorf("out of bounds: %+v", c)
	}
	if len(c.Environments) == 0 {
		t.Error("no environment")
	}
	for _, e := range c.Environments {
		if e.Name == "" || e.Definitions == "" || (e.Path == "") == (e.S3 == nil) {
			t.Errorf("environment %+v", e)
		}
		e.Disks.Includes("disk") // must not panic
	}
	checkNotifier(t, c.Notifier)
}

func checkNotifier(t *testing.T, n config.Notifier) {
	t.Helper()
	known := map[string]bool{}
	for _, r := range n.Receivers {
		kinds := 0
		for _, given := range []bool{r.Webhook != nil, r.Alertmanager != nil, r.Shoutrrr != nil, r.Exec != nil} {
			if given {
				kinds++
			}
		}
		if r.Name == "" || known[r.Name] || kinds != 1 {
			t.Errorf("receiver %+v", r)
		}
		known[r.Name] = true
	}
	if n.Timezone == nil || n.GroupWait < 0 || n.GiveUpAfter <= 0 || n.Digest != nil && (n.Digest.Schedule == nil || len(n.Digest.Receivers) == 0) {
		t.Errorf("out of bounds: %+v", n)
	}
	for _, r := range n.Routes {
		if len(r.Receivers) == 0 || slices.ContainsFunc(r.Receivers, func(name string) bool { return !known[name] }) {
			t.Errorf("route %+v", r)
		}
	}
}
