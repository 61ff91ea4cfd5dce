package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

// perTenant is a definition with one series for each folder in "db". A series is
// well while it has a file.
const perTenant = `
directories:
  db/{{tenant}}:
    alias: db
    files:
      dump-%I.sql:
        alias: dump
`

const definitionsFile = config.DefaultDefinitions

// lay writes files below a folder, which may be a bucket's.
func lay(t *testing.T, dir string, keys ...string) {
	t.Helper()
	for _, key := range keys {
		put(t, dir, key, "backup of "+key)
	}
}

func put(t *testing.T, dir, key, content string) {
	t.Helper()
	name := filepath.Join(dir, filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, dir, key string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(dir, filepath.FromSlash(key))); err != nil {
		t.Fatal(err)
	}
}

// newFolder is a local disk with definitions and files.
func newFolder(t *testing.T, definitions string, keys ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "disk")
	put(t, dir, definitionsFile, definitions)
	lay(t, dir, keys...)
	return dir
}

// newBucket makes a bucket with definitions and files, and returns its folder.
func newBucket(t *testing.T, server *storagetest.Server, name, definitions string, keys ...string) string {
	t.Helper()
	server.CreateBucket(name)
	server.PutObject(name, definitionsFile, definitions)
	dir := filepath.Join(server.Dir, name)
	lay(t, dir, keys...)
	return dir
}

// onceAt is a definition with one slot, whose deadline is a second after it.
func onceAt(at time.Time) string {
	return strings.ReplaceAll(`
directories:
  db:
    files:
      dump.sql:
        alias: dump
        sort: modified_at
        schedule: SCHEDULE
        grace: 1s
        early: 0s
`, "SCHEDULE", at.UTC().Format("5 4 15 2 1 * 2006"))
}
