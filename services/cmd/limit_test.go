package cmd_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestConfiguredLimit holds the operator's commands to the services' limit of a
// definitions file.
func TestConfiguredLimit(t *testing.T) {
	folder := t.TempDir()
	definitions := "directories: {.: {files: {x-%A: {}}}}\n" + strings.Repeat("# a long comment\n", 200)
	put(t, folder, "backup_definitions.yaml", definitions)
	put(t, folder, "x-1", "data")
	file := filepath.Join(folder, "backup_definitions.yaml")
	small := put(t, t.TempDir(), "config.yaml", "environments: {e: {path: "+folder+"}}\nlimits: {definitions: 2KiB}\n")
	large := put(t, t.TempDir(), "config.yaml", "environments: {e: {path: "+folder+"}}\nlimits: {definitions: 8KiB}\n")
	backmon(t, "check", folder, "-c", large).expect(t, 0)
	backmon(t, "check", folder, "-c", small).expect(t, 3, "too large")
	backmon(t, "validate", file, "-c", large).expect(t, 0)
	backmon(t, "validate", file, "-c", small).expect(t, 1, "at most 2048 are read")
}
