package message_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/backmon/backmon/pkg/incident"
)

func documentOf(t *testing.T, n incident.Notice) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(writer(t).Document(n)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestDocumentGolden(t *testing.T) {
	all := notices()
	for _, name := range []string{"late", "mixed", "over", "denied", "digest-bad", "test", "flapping"} {
		t.Run(name, func(t *testing.T) { golden(t, "json/"+name+".json", documentOf(t, all[name])) })
	}
	t.Run("hostile", func(t *testing.T) { golden(t, "json/hostile.json", documentOf(t, hostileNotices()["one"])) })
}

// A list of nothing is [] and not null: programs iterate over it.
func TestDocumentLists(t *testing.T) {
	var d map[string]any
	if err := json.Unmarshal([]byte(documentOf(t, incident.Notice{})), &d); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"items", "changes", "group"} {
		if d[name] == nil {
			t.Errorf("%q is null", name)
		}
	}
}
