package cmd

import (
	"github.com/spf13/cobra"
)

func (a *app) notify() *cobra.Command {
	c := &cobra.Command{
		Use:   "notify",
		Short: "Try out who is told of what",
		Args:  cobra.NoArgs,
	}
	c.AddCommand(a.notifyRoute())
	return c
}
