package definition_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/definition"
)

// reference is the page that explains every key of a definitions file.
const reference = "../../docs/definitions.md"

// TestReference reads every example of the reference, and looks for an example
// and an explanation of every key.
func TestReference(t *testing.T) {
	page, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	examples := ""
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		examples += block[1]
		parse(t, whole(block[1]))
	}
	keys := append([]string{"quota", "directories", "alias", "fuse", "defaults", "files"}, definition.SettingKeys()...)
	for _, key := range keys {
		if !regexp.MustCompile(`(?m)^[ -]*` + key + `:`).MatchString(examples) {
			t.Errorf("no example for %q", key)
		}
		if !strings.Contains(string(page), "| `"+key+"` |") {
			t.Errorf("no row for %q", key)
		}
	}
}

// whole returns an example as a file: some show only the settings of a file rule.
func whole(example string) string {
	if regexp.MustCompile(`(?m)^(quota|directories):`).MatchString(example) {
		return example
	}
	return "directories:\n  db:\n    files:\n      x:\n        " + strings.ReplaceAll(strings.TrimSpace(example), "\n", "\n        ")
}
