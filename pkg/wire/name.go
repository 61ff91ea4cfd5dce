package wire

import (
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// Name is the name of an enumeration's value without that of the enumeration:
// "OVER_QUOTA". A value that this version doesn't know is named by its number.
func Name(value protoreflect.Enum) string {
	values := value.Descriptor().Values()
	known := values.ByNumber(value.Number())
	if known == nil {
		return strconv.Itoa(int(value.Number()))
	}
	prefix := strings.TrimSuffix(string(values.ByNumber(0).Name()), "UNSPECIFIED")
	return strings.TrimPrefix(string(known.Name()), prefix)
}

// Word is the Name as the configuration would write it: "dry-run".
func Word(value protoreflect.Enum) string {
	return strings.ReplaceAll(strings.ToLower(Name(value)), "_", "-")
}

// VerdictWord says in one word what became of a file that was to be purged.
func VerdictWord(v backmonv1.PurgeVerdict) string {
	if v == backmonv1.PurgeVerdict_PURGE_VERDICT_UNSPECIFIED {
		v = backmonv1.PurgeVerdict_PURGE_VERDICT_PLANNED
	}
	return Word(v)
}
