// Command backmon watches backups in S3 buckets and folders.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // zones of definitions must not depend on the machine

	"github.com/backmon/backmon/services/cmd"
)

// version is set by the linker.
var version = "development"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends what does not end by itself
	program := cmd.Program{Version: version, In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.LookupEnv}
	code := program.Main(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
