package cmd

import (
	"fmt"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/gateway/order"
)

// matchFlags choose series and incidents by name, labels, severity and state, as a
// match in the configuration does.
type matchFlags struct {
	names                      incident.Match
	labels, severities, states []string
}

// addNames makes the flags for names and labels. verb is what is done with what
// they choose.
func (f *matchFlags) addNames(c *cobra.Command, verb string) {
	flags := c.Flags()
	flags.StringArrayVar(&f.names.Environments, "env", nil, verb+` environments of this name; "*" stands for any characters, here and below`)
	flags.StringArrayVar(&f.names.Disks, "disk", nil, verb+" disks of this name")
	flags.StringArrayVar(&f.names.Directories, "directory", nil, verb+" directories of this alias; '' for disks as a whole")
	flags.StringArrayVar(&f.names.Files, "file", nil, verb+" file rules of this alias")
	flags.StringArrayVar(&f.names.Groups, "group", nil, verb+" groups of this name")
	flags.StringArrayVar(&f.labels, "label", nil, verb+" what has this label (NAME=VALUE)")
}

// addStates makes the flags for severities and states.
func (f *matchFlags) addStates(c *cobra.Command) {
	flags := c.Flags()
	flags.StringArrayVar(&f.severities, "severity", nil, "only while it is warning, unknown or critical")
	flags.StringArrayVar(&f.states, "state", nil, "only while it is LATE, MISSING and so on")
}

// match returns what the flags choose: all without any.
func (f *matchFlags) match() (m incident.Match, err error) {
	m = f.names
	if m.Labels, err = parseLabels(f.labels); err != nil {
		return m, err
	}
	if m.Severities, err = parseAll("severity", f.severities, order.ParseSeverity); err != nil {
		return m, err
	}
	m.States, err = parseAll("state", f.states, order.ParseState)
	return m, err
}

// none reports whether a match chooses everything.
func none(m incident.Match) bool { return m.Includes(incident.Match{}) }

// labelFlag is a label's name and value.
var labelFlag = regexp.MustCompile(`(?s)^([a-zA-Z_][a-zA-Z0-9_]*)=(.*)$`)

func parseLabels(texts []string) (map[string][]string, error) {
	var labels map[string][]string
	for _, text := range texts {
		parts := labelFlag.FindStringSubmatch(text)
		if parts == nil {
			return nil, fmt.Errorf("--label: %q is not NAME=VALUE", text)
		}
		if labels == nil {
			labels = map[string][]string{}
		}
		labels[parts[1]] = append(labels[parts[1]], parts[2])
	}
	return labels, nil
}

func parseAll[T any](flag string, texts []string, parse func(string) (T, error)) (values []T, err error) {
	for _, text := range texts {
		value, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", flag, err)
		}
		values = append(values, value)
	}
	return values, nil
}
