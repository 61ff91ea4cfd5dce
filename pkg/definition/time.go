package definition

import (
	"errors"
	"fmt"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
	"github.com/backmon/backmon/pkg/schedule"
)

const maxUnknownZones = 50

// location returns the time zone, UTC if none is given or it is bad.
func (r *ruleReader) location() *time.Location {
	return value(r.settings, "timezone", r.readLocation, time.UTC)
}

func (r *ruleReader) readLocation(n document.Node) *time.Location {
	name := n.String()
	if n.HasErrors() {
		return time.UTC
	}
	zone, err := r.zone(name)
	if problem := (*schedule.Error)(nil); errors.As(err, &problem) {
		n.Problem(backup.Error, problem.Message, problem.Hint)
	}
	return zone
}

// zone returns the time zone of that name, or UTC and an error. A name that nobody
// knows costs milliseconds: after some of them no new ones are looked up.
func (p *parser) zone(name string) (*time.Location, error) {
	if zone, loaded := p.zones[name]; loaded {
		return zone, nil
	}
	if err, known := p.unknownZones[name]; known {
		return time.UTC, err
	}
	if len(p.unknownZones) >= maxUnknownZones {
		return time.UTC, &schedule.Error{Column: 1, Message: fmt.Sprintf("time zone %q was not looked up: too many others are unknown", name)}
	}
	zone, err := schedule.LoadLocation(name)
	if err != nil {
		p.unknownZones[name] = err
		return time.UTC, err
	}
	p.zones[name] = zone
	return zone, nil
}

// scheduleKey tells schedules apart. A parser has one Location for each name.
type scheduleKey struct {
	expression string
	location   *time.Location
}

type parsedSchedule struct {
	schedule *schedule.Schedule
	err      error
}

// schedule returns the schedule in a time zone, nil if none is given or it is bad.
func (r *ruleReader) schedule(location *time.Location) *schedule.Schedule {
	return value(r.settings, "schedule", func(n document.Node) *schedule.Schedule {
		text := n.String()
		if !n.IsScalar() {
			return nil
		}
		parsed := r.parseSchedule(scheduleKey{text, location})
		var problem *schedule.Error
		if errors.As(parsed.err, &problem) {
			scheduleProblem(n, problem)
		}
		return parsed.schedule
	}, nil)
}

func (p *parser) parseSchedule(key scheduleKey) parsedSchedule {
	parsed, known := p.schedules[key]
	if !known {
		parsed.schedule, parsed.err = schedule.ParseRecurring(key.expression, key.location)
		p.schedules[key] = parsed
	}
	return parsed
}

func scheduleProblem(n document.Node, problem *schedule.Error) {
	message := "schedule: " + problem.Message
	if problem.Field != "" {
		message = "schedule: " + problem.Field + ": " + problem.Message
	}
	n.ProblemAt(backup.Error, problem.Column, message, problem.Hint)
}
