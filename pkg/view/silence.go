package view

import (
	"time"

	"github.com/backmon/backmon/pkg/incident"
)

// Silence is what nobody is told of for a time.
type Silence struct {
	ID    string     `json:"id"`
	Match Match      `json:"match"`
	By    string     `json:"by"`
	Why   string     `json:"why"`
	Since *time.Time `json:"since"`
	Until *time.Time `json:"until"`
}

// NewSilence shows a silence.
func NewSilence(s incident.Silence) Silence {
	return Silence{ID: s.ID, Match: newMatch(s.Match), By: s.By, Why: s.Why, Since: Instant(s.Since), Until: Instant(s.Until)}
}

// Match chooses incidents, with the keys that it has in the configuration. Of each
// list one entry has to match; a list that is left out stands for all.
type Match struct {
	Environments []string            `json:"env,omitempty"`
	Disks        []string            `json:"disk,omitempty"`
	Directories  []string            `json:"directory,omitempty"`
	Files        []string            `json:"file,omitempty"`
	Groups       []string            `json:"group,omitempty"`
	Labels       map[string][]string `json:"labels,omitempty"`
	Severities   []string            `json:"severity,omitempty"`
	States       []string            `json:"state,omitempty"`
}

func newMatch(m incident.Match) Match {
	return Match{
		Environments: each(m.Environments, Name), Disks: each(m.Disks, Name), Directories: each(m.Directories, Name),
		Files: each(m.Files, Name), Groups: each(m.Groups, Name), Labels: m.Labels, Severities: texts(m.Severities), States: texts(m.States),
	}
}
