package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"

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
Without a FILE it checks the configuration that would be used.

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
	var problems *config.Error
	if errors.As(err, &problems) {
		a.printProblems(file, problems.Problems)
		return exitError(exitFailure)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Out, "%s: ok, a configuration of %s\n", c.File, prose.Count(len(c.Environments), "environment", "environments"))
	return err
}

// environmentsKey tells a configuration from definitions.
var environmentsKey = regexp.MustCompile(`(?m)^environments\s*:`)

func (a *app) validateFile(file string) (ok bool, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	if environmentsKey.Match(bytes.TrimPrefix(data, []byte("\ufeff"))) {
		_, err := config.Parse(data, file, a.Env)
		var problems *config.Error
		if err != nil && !errors.As(err, &problems) {
			return false, err
		}
		if problems != nil {
			a.printProblems(file, problems.Problems)
			return false, nil //nolint:nilerr // the error is the problems, which are told
		}
		_, err = fmt.Fprintf(a.Out, "%s: ok, a configuration\n", file)
		return true, err
	}
	parsed, _ := definition.Parse(data, definition.Options{File: file, MaxBytes: a.definitionLimit()}) // the error is one of the problems
	if len(parsed.Problems) > 0 {
		a.printProblems(file, parsed.Problems)
		return false, nil
	}
	_, err = fmt.Fprintf(a.Out, "%s: ok, definitions of %s\n", file, prose.Count(len(parsed.Directories), "directory", "directories"))
	return true, err
}

func (a *app) printProblems(file string, problems []backup.Problem) {
	for _, p := range problems {
		fmt.Fprintln(a.Out, prose.Clean(p.Error()))
	}
	if n := len(problems); n != 1 {
		fmt.Fprintf(a.Out, "%s: %d problems\n", file, n)
	}
}
