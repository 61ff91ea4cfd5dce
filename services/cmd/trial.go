package cmd

import (
	"fmt"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/gateway/order"
)

// trial is how bad things are taken to be; zero fields stand for the default.
type trial struct {
	state    backup.State
	severity backup.Severity
}

func newTrial(o routeOptions) (t trial, err error) {
	if o.state != "" {
		if t.state, err = order.ParseState(o.state); err != nil {
			return t, fmt.Errorf("--state: %w", err)
		}
		t.severity = max(t.state.Severity(), backup.SeverityWarning) // a flag may make others bad
	}
	if o.severity != "" {
		if t.severity, err = order.ParseSeverity(o.severity); err != nil {
			return t, fmt.Errorf("--severity: %w", err)
		}
	}
	return t, nil
}

// of is the subject of an incident in trouble.
func (t trial) of(i incident.Incident) incident.Incident {
	i.State, i.Severity = t.state, t.severity
	if i.Severity == backup.SeverityOK {
		i.Severity = backup.SeverityCritical
		if incident.OfDisk(i.Subject) {
			i.Severity = backup.SeverityUnknown
		}
	}
	if i.State != backup.StateUnspecified {
		return i
	}
	switch {
	case i.Severity == backup.SeverityUnknown:
		i.State = backup.Unknown
	case incident.OfDisk(i.Subject):
		i.State = backup.OK
	case i.Severity == backup.SeverityWarning:
		i.State = backup.Late
	default:
		i.State = backup.Missing
	}
	return i
}
