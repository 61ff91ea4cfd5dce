// Package cmd is the program: one command per service, `run` with all of them,
// and the operator's commands. It reads the configuration, builds what the
// services need and hands it to them; the rules are elsewhere.
package cmd
