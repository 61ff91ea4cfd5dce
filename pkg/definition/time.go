package definition

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
	"github.com/backmon/backmon/pkg/schedule"
)

const maxUnknownZones = 50

const zoneHint = "write a name such as Europe/Berlin, America/New_York or UTC"

// location returns the time zone, UTC if none is given or it is bad.
func (r *ruleReader) location() *time.Location {
	return value(r.settings, "timezone", r.readLocation, time.UTC)
}

func (r *ruleReader) readLocation(n document.Node) *time.Location {
	name := n.String()
	if n.HasErrors() {
		return time.UTC
	}
	if strings.TrimSpace(name) == "" || name == "Local" {
		n.Problem(backup.Error, fmt.Sprintf("%q is no time zone: it would depend on where the program runs", name), zoneHint)
		return time.UTC
	}
	zone, known := r.zone(name)
	if !known {
		n.Problem(backup.Error, fmt.Sprintf("unknown time zone %q", name), zoneHint)
	}
	return zone
}

// zone returns the time zone of that name, or UTC and false. A name that nobody
// knows costs milliseconds: after some of them no new ones are looked up.
func (p *parser) zone(name string) (*time.Location, bool) {
	if zone, loaded := p.zones[name]; loaded {
		return zone, true
	}
	if len(p.unknownZones) < maxUnknownZones && !p.unknownZones[name] {
		if zone, err := time.LoadLocation(name); err == nil {
			p.zones[name] = zone
			return zone, true
		}
		p.unknownZones[name] = true
	}
	return time.UTC, false
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
		parsed.schedule, parsed.err = schedule.Parse(key.expression, key.location)
		if parsed.err == nil && parsed.schedule.Next(epoch).IsZero() {
			parsed.err = &schedule.Error{Column: 1, Message: "it never comes: no date fits", Hint: "look at the day and the month"}
		}
		p.schedules[key] = parsed
	}
	return parsed
}

// epoch is the instant after which a schedule has to come at least once.
var epoch = time.Unix(0, 0)

func scheduleProblem(n document.Node, problem *schedule.Error) {
	message := "schedule: " + problem.Message
	if problem.Field != "" {
		message = "schedule: " + problem.Field + ": " + problem.Message
	}
	n.ProblemAt(backup.Error, problem.Column, message, problem.Hint)
}
