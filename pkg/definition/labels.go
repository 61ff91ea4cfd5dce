package definition

import (
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

const (
	maxLabels     = 20
	maxLabelValue = 256 // bytes
)

// labelName is what Prometheus takes for a label's name.
var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// labels merges the labels of the file into those of defaults. A label without a
// value takes back the one of defaults; "labels:" without a value all of them.
func (r *ruleReader) labels() map[string]string {
	labels := map[string]string{}
	if r.inherits(keyLabels) {
		readLabels(r.inherited.given[keyLabels], labels)
	}
	readLabels(r.own.given[keyLabels], labels)
	maps.DeleteFunc(labels, func(_, value string) bool { return value == "" })
	if len(labels) == 0 {
		return nil
	}
	return labels
}

// readLabels adds the labels that a node gives; those without value are empty.
func readLabels(node document.Node, labels map[string]string) {
	for _, key := range node.Keys() {
		name, value := key.String(), node.Get(key.String())
		if !bounded(key) || !bounded(value) {
			continue
		}
		text := value.String()
		if checkLabel(key, name, text) {
			labels[name] = text
		}
	}
}

func checkLabel(key document.Node, name, text string) bool {
	switch {
	case !labelName.MatchString(name):
		key.Problem(backup.Error, fmt.Sprintf("%q is no label name", name), "use letters, digits and _, and begin with no digit")
	case strings.HasPrefix(name, "__"):
		key.Problem(backup.Error, fmt.Sprintf("label %q: names that begin with __ are Prometheus' own", name), "")
	case len(text) > maxLabelValue:
		key.Problem(backup.Error, fmt.Sprintf("the value of label %q has %d bytes, at most %d are allowed", name, len(text), maxLabelValue), "")
	default:
		return true
	}
	return false
}

// labelsFit checks how many labels there are.
func (r *ruleReader) labelsFit(rule *backup.Rule) bool {
	if len(rule.Labels) <= maxLabels {
		return true
	}
	r.node(keyLabels).Problem(backup.Error, fmt.Sprintf("%d labels, at most %d are allowed", len(rule.Labels), maxLabels), "")
	return false
}
