package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/pkg/scan"
)

func (a *app) explain() *cobra.Command {
	var definitions, now, format string
	c := &cobra.Command{
		Use:   "explain DISK KEY",
		Short: "Say which rule a file belongs to, and what becomes of it",
		Long: `Explain tells for one file which rule matches it, which series and time that
gives, its rank among the series' files, and whether retention keeps it and why.
For a key that no rule matches it names the nearest rule and where they part. The
key need not exist.

` + targetHelp,
		Example: "  backmon explain /mnt/backups db/dump-20260114.sql",
		Args:    arguments("DISK", "KEY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runExplain(cmd.Context(), args[0], strings.TrimPrefix(args[1], "./"), definitions, now, format)
		},
	}
	c.Flags().StringVar(&definitions, "definitions", "", "use this file instead of the disk's own definitions")
	c.Flags().StringVar(&now, "now", "", "judge as of this time (RFC 3339) instead of now")
	outputFlag(c, &format, "text", formatJSON)
	return c
}

func (a *app) runExplain(ctx context.Context, disk, key, definitions, now, format string) error {
	at, err := parseNow(now)
	if err != nil {
		return err
	}
	target, err := a.target(ctx, disk, definitions)
	if err != nil {
		return err
	}
	scanner := a.scanner()
	progress := a.progress(disk)
	explanation, err := scanner.Explain(ctx, target, key, at, progress.update)
	progress.clear()
	if err != nil {
		return err
	}
	if format == formatJSON {
		return explanationJSON(a.Out, explanation)
	}
	return explanationText(a.Out, explanation)
}

func explanationText(w io.Writer, x scan.Explanation) error {
	var b strings.Builder
	fmt.Fprintln(&b, prose.Clean(x.Key))
	if !x.Exists {
		fmt.Fprintln(&b, "  the disk does not hold this file")
	}
	for _, m := range x.Matches {
		matchText(&b, m)
	}
	if len(x.Matches) > 1 {
		fmt.Fprintln(&b, "  several rules match it: it counts in each, and is never purged")
	}
	if n := x.Nearest; n != nil {
		nearestText(&b, x.Key, n)
	} else if len(x.Matches) == 0 {
		fmt.Fprintln(&b, "  no rule matches it: the definitions have no sound rule")
	}
	for _, p := range x.Problems {
		if p.Level == backup.Error {
			fmt.Fprintf(&b, "  a rule with an error matches nothing: %s\n", prose.Clean(p.Error()))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func matchText(b *strings.Builder, m scan.Match) {
	fmt.Fprintf(b, "  rule     %s / %s (line %d): %s / %s\n", prose.Clean(m.Directory.Alias), prose.Clean(m.Rule.Alias), m.Rule.Line, prose.Clean(m.Directory.Text), prose.Clean(m.Rule.Text))
	fmt.Fprintf(b, "  group    %s\n", prose.Clean(m.Group))
	d := m.Decision
	if d == nil {
		return
	}
	fmt.Fprintf(b, "  time     %s (sort: %s)\n", d.Time.In(m.Rule.Location).Format(time.RFC3339), m.Rule.Sort)
	fmt.Fprintf(b, "  rank     %d of %d, the newest being 1\n", d.Rank, m.Files)
	verdict := "kept"
	if d.Expired {
		verdict = "expired"
	}
	fmt.Fprintf(b, "  %-8s %s\n", verdict, prose.Clean(strings.Join(d.Reasons, "; ")))
}

func nearestText(b *strings.Builder, key string, n *scan.Nearest) {
	place := prose.Clean(n.Directory.Alias)
	text := n.Directory.Text
	line := n.Directory.Line
	if n.Rule != nil {
		place, text, line = place+" / "+prose.Clean(n.Rule.Alias), text+" / "+n.Rule.Text, n.Rule.Line
	}
	fmt.Fprintf(b, "  no rule matches it; the nearest is %s (line %d): %s\n", place, line, prose.Clean(text))
	at := min(n.Offset, len(key))
	rest := fmt.Sprintf("%q stands", key[at:])
	if at == len(key) {
		rest = "it ends"
	}
	if at > 0 {
		rest = fmt.Sprintf("it matches %q and then %s", key[:at], rest)
	}
	fmt.Fprintf(b, "  %s where %s is expected\n", rest, n.Expected)
}

type jsonExplanation struct {
	Key     string      `json:"key"`
	Exists  bool        `json:"exists"`
	Matches []jsonMatch `json:"matches"`
	Nearest *jsonNear   `json:"nearest,omitempty"`
}

type jsonMatch struct {
	Directory string     `json:"directory"`
	File      string     `json:"file"`
	Line      int        `json:"line"`
	Group     string     `json:"group"`
	Time      *time.Time `json:"time,omitempty"`
	Rank      int        `json:"rank,omitempty"`
	Files     int        `json:"files"`
	Expired   bool       `json:"expired"`
	Reasons   []string   `json:"reasons,omitempty"`
}

type jsonNear struct {
	Directory string `json:"directory"`
	File      string `json:"file,omitempty"`
	Offset    int    `json:"offset"`
	Expected  string `json:"expected"`
}

func explanationJSON(w io.Writer, x scan.Explanation) error {
	out := jsonExplanation{Key: x.Key, Exists: x.Exists, Matches: []jsonMatch{}}
	for _, m := range x.Matches {
		match := jsonMatch{Directory: m.Directory.Alias, File: m.Rule.Alias, Line: m.Rule.Line, Group: m.Group, Files: m.Files}
		if d := m.Decision; d != nil {
			match.Time, match.Rank, match.Expired, match.Reasons = &d.Time, d.Rank, d.Expired, d.Reasons
		}
		out.Matches = append(out.Matches, match)
	}
	if n := x.Nearest; n != nil {
		out.Nearest = &jsonNear{Directory: n.Directory.Alias, Offset: n.Offset, Expected: n.Expected}
		if n.Rule != nil {
			out.Nearest.File = n.Rule.Alias
		}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(out)
}
