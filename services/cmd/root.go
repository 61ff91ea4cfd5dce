package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/prose"
)

// Exit codes besides those of `check` and `status`, which are those of
// monitoring plugins.
const (
	exitFailure = 1
	exitUnknown = 3
)

// Program is how the program meets the world; tests give it theirs.
type Program struct {
	Version string
	In      io.Reader // nil: nothing comes
	Out     io.Writer // what was asked for
	Err     io.Writer // logs, progress and errors
	Env     func(string) (string, bool)
	// OnListen, when set, is told the address of the HTTP server.
	OnListen func(net.Addr)
}

// Main runs the program with the arguments after its name and returns its exit code.
func (p Program) Main(ctx context.Context, args []string) int {
	if p.In == nil {
		p.In = strings.NewReader("")
	}
	root := p.root()
	root.SetArgs(args)
	command, err := root.ExecuteContextC(ctx)
	var exit exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return int(exit)
	}
	p.complain(err)
	if command.Annotations[asPlugin] != "" {
		return exitUnknown
	}
	return exitFailure
}

// complain prints an error, whose lines may hold names from outside.
func (p Program) complain(err error) {
	prefix := "backmon: "
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(p.Err, "%s%s\n", prefix, prose.Clean(line))
		prefix = ""
	}
}

// asPlugin marks commands whose exit codes are those of monitoring plugins: what
// keeps them from an answer, be it a wrong flag, is unknown, not a warning.
const asPlugin = "plugin"

// exitError ends the program with a code; all has been said.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// exit turns a code into an error, when there is none.
func exit(code int, err error) error {
	if err == nil && code != 0 {
		return exitError(code)
	}
	return err
}

// arguments asks for exactly the named ones.
func arguments(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, given []string) error {
		if len(given) == len(names) {
			return nil
		}
		return fmt.Errorf("%s needs %s; see `%s --help`", c.Name(), strings.Join(names, " and "), c.CommandPath())
	}
}

// app is what all commands share.
type app struct {
	Program
	configFile string
	logLevel   string
}

func (p Program) root() *cobra.Command {
	a := &app{Program: p}
	root := &cobra.Command{
		Use:   "backmon",
		Short: "Watch backups in S3 buckets and folders",
		Long: `backmon watches the backups that lie in S3 buckets and folders: which are there,
on time and plausible. A backup_definitions.yaml in each disk says what to expect.

Start with ` + "`backmon check FOLDER`" + ` to try out a definition, and ` + "`backmon run`" + ` to watch.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetOut(p.Out)
	root.SetErr(p.Err)
	flags := root.PersistentFlags()
	flags.StringVarP(&a.configFile, "config", "c", "", "configuration file (default ./config.yaml, ~/.backmon/config.yaml, /etc/backmon/config.yaml)")
	flags.StringVar(&a.logLevel, "log-level", "", "debug, info, warn or error; overrides the configuration")
	root.AddGroup(&cobra.Group{ID: "services", Title: "Services:"}, &cobra.Group{ID: "operator", Title: "For operators:"})
	for _, c := range []*cobra.Command{a.run(), a.discoverer(), a.evaluator(), a.purger(), a.notifier(), a.gateway(), a.provision()} {
		c.GroupID = "services"
		root.AddCommand(c)
	}
	for _, c := range []*cobra.Command{a.check(), a.status(), a.watch(), a.validate(), a.explain(), a.purge(), a.hold(), a.audit(), a.incidents(), a.silence(), a.notify(), a.hashPassword()} {
		c.GroupID = "operator"
		root.AddCommand(c)
	}
	root.AddCommand(a.version())
	return root
}

func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.Out, "backmon", a.Version)
			return err
		},
	}
}

// load reads the configuration file.
func (a *app) load() (*config.Config, error) {
	return config.Load(a.configFile, a.Env)
}

// logger writes to Err: for people on a terminal, as JSON lines elsewhere.
func (a *app) logger(level zapcore.Level) (*zap.Logger, error) {
	if a.logLevel != "" {
		parsed, err := zapcore.ParseLevel(a.logLevel)
		if err != nil {
			return nil, fmt.Errorf("--log-level: %q is not debug, info, warn or error", a.logLevel)
		}
		level = parsed
	}
	settings := zap.NewProductionEncoderConfig()
	settings.EncodeTime = zapcore.RFC3339TimeEncoder
	settings.EncodeDuration = zapcore.StringDurationEncoder
	settings.TimeKey = "time"
	encoder := zapcore.NewJSONEncoder(settings)
	if isTerminal(a.Err) {
		settings.EncodeLevel = zapcore.CapitalColorLevelEncoder
		encoder = zapcore.NewConsoleEncoder(settings)
	}
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(a.Err)), level)), nil
}

// isTerminal reports whether a person looks at w.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && terminal(file)
}
