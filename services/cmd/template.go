package cmd

import (
	"errors"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/services/notifier/message"
)

// words is how a receiver's messages are written.
func words(n config.Notifier, r config.Receiver) message.Config {
	return message.Config{PageURL: n.PageURL, Zone: n.Timezone, Title: r.Title.Text, Text: r.Text.Text}
}

// checkTemplates tries the templates of all receivers: that they parse is known.
func checkTemplates(c *config.Config) []backup.Problem {
	var problems []backup.Problem
	for _, r := range c.Notifier.Receivers {
		_, err := message.New(words(c.Notifier, r))
		problems = append(problems, templateProblems(c.File, r, err)...)
	}
	return problems
}

// templateProblems gives the errors of a receiver's templates their places in the
// file.
func templateProblems(file string, r config.Receiver, err error) []backup.Problem {
	var problem *message.TemplateError
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var problems []backup.Problem
		for _, err := range joined.Unwrap() {
			problems = append(problems, templateProblems(file, r, err)...)
		}
		return problems
	}
	if !errors.As(err, &problem) {
		return nil
	}
	t := r.Text
	if problem.Template == "title" {
		t = r.Title
	}
	return []backup.Problem{t.Problem(file, problem.Template, problem.Line, problem.Column, problem.Message, problem.Hint)}
}
