package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/backmon/backmon/pkg/backup"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/cmd/report"
	"github.com/backmon/backmon/services/evaluator"
	"github.com/backmon/backmon/services/gateway/metrics"
)

// Formats of -o.
const (
	formatTable      = "table"
	formatJSON       = "json"
	formatPrometheus = "prometheus"
)

func (a *app) check() *cobra.Command {
	var definitions, now, format string
	c := &cobra.Command{
		Use:   "check DISK",
		Short: "Evaluate one disk now and print what is found",
		Long: `Check lists a disk, judges it by its definitions and prints the result. It needs
no server, and nothing is remembered: a series that never had a file counts as
missing. Use it to try out definitions, and with --now to see how they would have
judged the files that are there.

` + targetHelp + `

Exit code: 0 ok, 1 warning, 2 critical, 3 unknown, as monitoring plugins have it.`,
		Example:     "  backmon check /mnt/backups\n  backmon check s3://my-bucket --definitions new.yaml -o json\n  backmon check my-bucket --now 2026-01-15T12:00:00Z",
		Args:        arguments("DISK"),
		Annotations: map[string]string{asPlugin: "yes"},
		RunE: func(cmd *cobra.Command, args []string) error {
			return exit(a.runCheck(cmd.Context(), args[0], definitions, now, format))
		},
	}
	c.Flags().StringVar(&definitions, "definitions", "", "use this file instead of the disk's own definitions")
	c.Flags().StringVar(&now, "now", "", "judge as of this time (RFC 3339) instead of now")
	outputFlag(c, &format, formatTable, formatJSON, formatPrometheus)
	return c
}

// outputFlag adds -o with the formats, the first being the default.
func outputFlag(c *cobra.Command, format *string, formats ...string) {
	c.Flags().StringVarP(format, "output", "o", formats[0], strings.Join(formats, ", "))
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
	c.PreRunE = func(*cobra.Command, []string) error {
		for _, f := range formats {
			if *format == f {
				return nil
			}
		}
		return fmt.Errorf("--output: %q is not %s", *format, strings.Join(formats, ", "))
	}
}

func (a *app) runCheck(ctx context.Context, name, definitions, now, format string) (int, error) {
	at, err := parseNow(now)
	if err != nil {
		return 0, err
	}
	target, err := a.target(ctx, name, definitions)
	if err != nil {
		return 0, err
	}
	scanner := a.scanner()
	progress := a.progress(name)
	result := scanner.Scan(ctx, target, at, nil, progress.update)
	progress.clear()
	r := &report.Report{Now: at, Series: result.Statuses, Disks: []*backmonv1.DiskStatus{evaluator.DiskStatus(target, result, at, nil, 0)}}
	if err := a.write(r, format, 1); err != nil {
		return 0, err
	}
	return report.ExitCode(r.Severity()), nil
}

func parseNow(text string) (time.Time, error) {
	if text == "" {
		return time.Now(), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("--now: %q is not a time like 2026-01-15T12:00:00Z", text)
	}
	return at, nil
}

// write prints a report in the asked format.
func (a *app) write(r *report.Report, format string, environments int) error {
	switch format {
	case formatJSON:
		return report.JSON(a.Out, r)
	case formatPrometheus:
		return a.writePrometheus(a.Out, r, environments)
	default:
		return report.Table(a.Out, r, a.colour(a.Out))
	}
}

// writePrometheus prints what the gateway would serve on /metrics, for node
// exporter's textfile collector.
func (a *app) writePrometheus(w io.Writer, r *report.Report, environments int) error {
	return metrics.New(source{r}, environments, a.Version).WriteText(w)
}

// source lets the exposition read a report.
type source struct{ *report.Report }

// Series returns the report's series.
func (s source) Series() []backup.Status { return s.Report.Series }

// Disks returns the report's disks.
func (s source) Disks() []*backmonv1.DiskStatus { return s.Report.Disks }
