package client_test

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// TestExampleBotCompiles keeps the bot of docs/examples in step with the API.
func TestExampleBotCompiles(t *testing.T) {
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(t.TempDir(), "bot"), "../../docs/examples/bot/main.go")
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("build the example bot: %v\n%s", err, out)
	}
}
