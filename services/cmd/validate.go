package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"

	"github.com/spf13/cobra"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/definition"
	"github.com/backmon/backmon/pkg/prose"
)

func (a *app) validate() *cobra.Command {
	return &cobra.Command{
		Use:   "validate [FILE...]",
		Short: "Check configuration and definitions files",
		Long: `Validate reads the files and prints every problem with its place. A file with a
top-level "environments" is taken as a configuration, any other as definitions.
Without a FILE it checks the configuration that would be used. The templates of
messages are tried on samples, addresses of receivers are read, and routes looked
at for what can never match.

Exit code: 0 when there is no problem, 1 on errors and on warnings.`,
		Example: "  backmon validate config.yaml backup_definitions.yaml",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.validateConfig(a.configFile)
			}
			var failed bool
			for _, file := range args {
				ok, err := a.validateFile(file)
				if err != nil {
					return err
				}
				failed = failed || !ok
			}
			if failed {
				return exitError(exitFailure)
			}
			return nil
		},
	}
}

func (a *app) validateConfig(file string) error {
	c, err := config.Load(file, a.Env)
	ok, err := a.tellConfig(c, err)
	return exit(code(ok), err)
}

// code is the exit code of a check.
func code(ok bool) int {
	if ok {
		return 0
	}
	return exitFailure
}

// tellConfig prints what is wrong with a configuration, or that all is well.
func (a *app) tellConfig(c *config.Config, err error) (ok bool, _ error) {
	if err == nil {
		err = a.checkReceivers(c)
	}
	var problems *config.Error
	if errors.As(err, &problems) {
		a.printProblems(a.withReceivers(problems))
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = fmt.Fprintf(a.Out, "%s: ok, a configuration of %s%s\n", c.File, prose.Count(len(c.Environments), "environment", "environments"), tellNotifier(c.Notifier))
	return err == nil, err
}

// withReceivers adds what is wrong with receivers whose text is understood, so that
// all is told at once.
func (a *app) withReceivers(found *config.Error) []backup.Problem {
	if found.Understood == nil {
		return found.Problems
	}
	var more *config.Error
	all := slices.Clone(found.Problems)
	if errors.As(a.checkReceivers(found.Understood), &more) {
		all = append(all, more.Problems...)
	}
	backup.SortProblems(all)
	return all
}

// tellNotifier says who is told, and what nobody is told of.
func tellNotifier(n config.Notifier) string {
	if !n.Enabled {
		return "; the notifier is off (notifier.enabled): nobody is told of anything"
	}
	if len(n.Receivers) == 0 {
		return ""
	}
	text := ", " + prose.Count(len(n.Receivers), "receiver", "receivers")
	if len(n.Routes) == 0 {
		return text + " and no routes: everyone is told everything"
	}
	text += " and " + prose.Count(len(n.Routes), "route", "routes")
	if !slices.ContainsFunc(n.Routes, func(r config.Route) bool { return none(r.Match) }) {
		text += "; what no route matches is told to nobody, see `backmon notify route`"
	}
	return text
}

// environmentsKey tells a configuration from definitions.
var environmentsKey = regexp.MustCompile(`(?m)^environments\s*:`)

func (a *app) validateFile(file string) (ok bool, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	if environmentsKey.Match(bytes.TrimPrefix(data, []byte("\ufeff"))) {
		c, err := config.Parse(data, file, a.Env)
		return a.tellConfig(c, err)
	}
	parsed, _ := definition.Parse(data, definition.Options{File: file, MaxBytes: a.definitionLimit()}) // the error is one of the problems
	if len(parsed.Problems) > 0 {
		a.printProblems(parsed.Problems)
		return false, nil
	}
	_, err = fmt.Fprintf(a.Out, "%s: ok, definitions of %s\n", file, prose.Count(len(parsed.Directories), "directory", "directories"))
	return true, err
}

func (a *app) printProblems(problems []backup.Problem) {
	for _, p := range problems {
		fmt.Fprintln(a.Out, prose.Clean(p.Error()))
	}
	if n := len(problems); n > 1 {
		fmt.Fprintf(a.Out, "%s: %d problems\n", prose.Clean(problems[0].File), n)
	}
}
