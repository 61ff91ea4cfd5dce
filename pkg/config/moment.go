package config

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
	"github.com/backmon/backmon/pkg/schedule"
)

// readDuration reads a duration of at least a second.
func readDuration(node document.Node, fallback time.Duration) time.Duration {
	if !node.Exists() {
		return fallback
	}
	d := node.Duration()
	if d < time.Second && !node.HasErrors() {
		node.Problem(backup.Error, fmt.Sprintf("%q is less than 1s", node.Source()), "")
	}
	return d
}

// readBetween reads a duration within bounds.
func readBetween(node document.Node, fallback, least, most time.Duration) time.Duration {
	if !node.Exists() {
		return fallback
	}
	d := node.Duration()
	if (d < least || d > most) && !node.HasErrors() {
		hint := ""
		if text := node.Source(); strings.Trim(text, "0123456789") == "" {
			hint = "a number without unit counts days; write 30s, 5m or 12h"
		}
		node.Problem(backup.Error, fmt.Sprintf("%q is not in %s to %s", node.Source(), backup.FormatDuration(least), backup.FormatDuration(most)), hint)
	}
	return d
}

func readTimezone(node document.Node, fallback *time.Location) *time.Location {
	if !node.Exists() {
		return fallback
	}
	location, err := schedule.LoadLocation(node.String())
	if err != nil {
		scheduleProblem(node, "", err)
		return fallback
	}
	return location
}

// readSchedule reads a cron expression that has to come; nil if it is bad.
func readSchedule(node document.Node, location *time.Location) *schedule.Schedule {
	text := required(node, "schedule")
	if node.HasErrors() {
		return nil
	}
	s, err := schedule.ParseRecurring(text, location)
	if err != nil {
		scheduleProblem(node, "schedule: ", err)
	}
	return s
}

// scheduleProblem records what is wrong with a schedule or time zone, without the
// value of a variable.
func scheduleProblem(node document.Node, prefix string, err error) {
	var problem *schedule.Error
	switch {
	case node.HasErrors() || !errors.As(err, &problem):
	case node.String() != node.Source():
		node.Problem(backup.Error, fmt.Sprintf("%sthe value of %q can't be used", prefix, node.Source()), "")
	default:
		if problem.Field != "" {
			prefix += problem.Field + ": "
		}
		node.ProblemAt(backup.Error, problem.Column, prefix+problem.Message, problem.Hint)
	}
}
