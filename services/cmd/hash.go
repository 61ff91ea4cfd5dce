package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/backmon/backmon/services/gateway/guard"
)

// Costs of a hash that config.yaml may hold.
const (
	leastCost = 4
	mostCost  = 15
)

func (a *app) hashPassword() *cobra.Command {
	var cost int
	c := &cobra.Command{
		Use:   "hash-password",
		Short: "Make a password's hash for http.users",
		Long: `Hash-password asks for a password, twice and without showing it, and prints its hash
by bcrypt for password-hash in config.yaml. Where nobody sits at a terminal it takes
the first line of the standard input.`,
		Example: "  backmon hash-password\n  pass show backmon | backmon hash-password",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runHashPassword(cmd.Context(), cost) },
	}
	c.Flags().IntVar(&cost, "cost", guard.DefaultCost, fmt.Sprintf("of the hash, %d to %d: one more doubles the time that a login takes", leastCost, mostCost))
	return c
}

func (a *app) runHashPassword(ctx context.Context, cost int) error {
	if cost < leastCost || cost > mostCost {
		return fmt.Errorf("--cost: %d is not in %d to %d", cost, leastCost, mostCost)
	}
	password, err := a.readPassword(ctx)
	if err != nil {
		return err
	}
	hash, err := guard.Hash(password, cost)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.Out, hash)
	return err
}

// readPassword asks who sits at the terminal, or takes the first line that comes.
func (a *app) readPassword(ctx context.Context) (string, error) {
	if file, ok := a.In.(*os.File); ok && terminal(file) {
		return a.askPassword(ctx, int(file.Fd()))
	}
	line, err := bufio.NewReader(io.LimitReader(a.In, 1<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// askPassword has a person type a password twice.
func (a *app) askPassword(ctx context.Context, terminal int) (string, error) {
	var typed [2]string
	for i, prompt := range []string{"Password: ", "Once more: "} {
		fmt.Fprint(a.Err, prompt)
		text, err := typePassword(ctx, terminal)
		fmt.Fprintln(a.Err)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		typed[i] = text
	}
	if typed[0] != typed[1] {
		return "", errors.New("the two are not the same; nothing is printed")
	}
	return typed[0], nil
}

// typePassword reads a line that the terminal doesn't show. When ctx ends, by
// Ctrl-C, the terminal is left as it was.
func typePassword(ctx context.Context, terminal int) (string, error) {
	before, err := term.GetState(terminal)
	if err != nil {
		return "", err
	}
	type line struct {
		text []byte
		err  error
	}
	read := make(chan line, 1)
	go func() {
		text, err := term.ReadPassword(terminal)
		read <- line{text, err}
	}()
	select {
	case l := <-read:
		return string(l.text), l.err
	case <-ctx.Done():
		return "", errors.Join(ctx.Err(), term.Restore(terminal, before))
	}
}
