package storage

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/backmon/backmon/pkg/backup"
)

// MaxStatSize is the size in bytes above which a .stat file is not read.
const MaxStatSize = 64 << 10

var errStatShape = errors.New("not a list of keys and values")

// ParseStat reads the content of a .stat file: YAML with the keys born_at,
// modified_at and archived_at, each in unix seconds (quoted or not) or RFC 3339.
// A value that is no time, or one before 1970 or after 9999, is ignored on its
// own, unknown keys are ignored too. Broken YAML, a key given twice and content
// over MaxStatSize (ErrTooLarge) are errors of the whole file.
func ParseStat(data []byte) (backup.Stat, error) {
	if len(data) > MaxStatSize {
		return backup.Stat{}, fmt.Errorf("read .stat file: %w: over %d bytes", ErrTooLarge, MaxStatSize)
	}
	// A yaml.Node is decoded without expanding aliases: no bomb goes off here.
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return backup.Stat{}, fmt.Errorf("read .stat file: %w", err)
	}
	stat, err := statOf(&document)
	if err != nil {
		return backup.Stat{}, fmt.Errorf("read .stat file: %w", err)
	}
	return stat, nil
}

func statOf(document *yaml.Node) (backup.Stat, error) {
	if len(document.Content) == 0 { // empty, or nothing but comments
		return backup.Stat{}, nil
	}
	root := document.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return backup.Stat{}, nil
	}
	if root.Kind != yaml.MappingNode {
		return backup.Stat{}, errStatShape
	}
	values, err := scalars(root)
	return backup.Stat{
		BornAt:     parseTime(values["born_at"]),
		ModifiedAt: parseTime(values["modified_at"]),
		ArchivedAt: parseTime(values["archived_at"]),
	}, err
}

// scalars returns the mapping's plain values by key.
func scalars(mapping *yaml.Node) (map[string]string, error) {
	values := make(map[string]string, len(mapping.Content)/2)
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		if _, twice := values[key.Value]; twice {
			return nil, fmt.Errorf("line %d: the key %q stands there twice", key.Line, key.Value)
		}
		values[key.Value] = "" // whatever isn't a scalar is no time
		if value.Kind == yaml.ScalarNode {
			values[key.Value] = value.Value
		}
	}
	return values, nil
}

// parseTime returns the zero time for whatever is not a time of our era.
func parseTime(text string) time.Time {
	text = strings.TrimSpace(text)
	moment, err := time.Parse(time.RFC3339, text)
	if seconds, errInt := strconv.ParseInt(text, 10, 64); errInt == nil {
		moment, err = time.Unix(seconds, 0), nil
	}
	moment = moment.UTC()
	if err != nil || moment.Unix() < 0 || moment.Year() > 9999 {
		return time.Time{}
	}
	return moment
}
