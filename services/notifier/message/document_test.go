package message_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/goldentest"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/notifier/message"
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
	all := notices(t)
	for _, name := range []string{"late", "mixed", "over", "denied", "digest-bad", "test", "flapping"} {
		t.Run(name, func(t *testing.T) { goldentest.Compare(t, "json/"+name+".json", documentOf(t, all[name])) })
	}
	t.Run("hostile", func(t *testing.T) { goldentest.Compare(t, "json/hostile.json", documentOf(t, hostileNotices()["one"])) })
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

// The page on notifications names every field that programs get.
func TestDocumentIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../../docs/notifications.md")
	if err != nil {
		t.Fatal(err)
	}
	names := fieldNames(reflect.TypeFor[message.Document]())
	if len(names) < 50 {
		t.Fatalf("only %d fields", len(names))
	}
	for _, name := range names {
		if !bytes.Contains(page, []byte(`"`+name+`"`)) && !bytes.Contains(page, []byte("`"+name+"`")) {
			t.Errorf("%q is not named", name)
		}
	}
}

// fieldNames are the names in JSON of a type's fields, and of theirs.
func fieldNames(of reflect.Type) []string {
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice:
		return fieldNames(of.Elem())
	case reflect.Struct:
	default:
		return nil
	}
	var names []string
	for i := range of.NumField() {
		if name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ","); name != "" {
			names = append(append(names, name), fieldNames(of.Field(i).Type)...)
		}
	}
	return names
}
