package wire_test

import (
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

func TestNames(t *testing.T) {
	for _, c := range []struct {
		value      protoreflect.Enum
		name, word string
	}{
		{backmonv1.DiskFlag_DISK_FLAG_OVER_QUOTA, "OVER_QUOTA", "over-quota"},
		{backmonv1.PurgeMode_PURGE_MODE_DRY_RUN, "DRY_RUN", "dry-run"},
		{backmonv1.State_STATE_LATE, "LATE", "late"},
		{backmonv1.ErrorKind_ERROR_KIND_UNSPECIFIED, "UNSPECIFIED", "unspecified"},
		{backmonv1.NoticeKind(99), "99", "99"},
	} {
		if name, word := wire.Name(c.value), wire.Word(c.value); name != c.name || word != c.word {
			t.Errorf("%v: %q and %q, want %q and %q", c.value, name, word, c.name, c.word)
		}
	}
	for v, want := range map[backmonv1.PurgeVerdict]string{
		backmonv1.PurgeVerdict_PURGE_VERDICT_UNSPECIFIED: "planned", backmonv1.PurgeVerdict_PURGE_VERDICT_HELD: "held",
	} {
		if got := wire.VerdictWord(v); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
}
