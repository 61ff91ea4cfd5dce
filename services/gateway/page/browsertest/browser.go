// Package browsertest drives a real browser, Debian's chromium, through pages, and
// fails a test when the browser complains of anything: an error on its console, a
// script that throws, a policy that is broken. It is for tests only.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// patience bounds everything that a test waits for. It is no measure of speed.
const patience = 60 * time.Second

// Browser is a running chromium.
type Browser struct {
	t       *testing.T
	program string
	ctx     context.Context
	crashes int
}

// maxCrashes is how often a browser that crashed is started again: now and then
// chromium dies of itself on a busy machine, which says nothing of the page.
const maxCrashes = 3

// Start starts a browser that ends with the test. Without chromium the test is
// skipped, but with CI=true it fails.
func Start(t *testing.T) *Browser {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		missing(t, "chromium is not installed: make tools-debian")
	}
	b := &Browser{t: t, program: program}
	b.launch()
	return b
}

func (b *Browser) launch() {
	b.t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(b.program), chromedp.UserDataDir(b.t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-dev-shm-usage", true),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithErrorf(b.t.Logf))
	b.t.Cleanup(func() {
		cancel()
		stop()
	})
	if err := chromedp.Do(ctx); err != nil {
		b.t.Fatalf("start chromium: %v", err)
	}
	b.ctx = ctx
}

// revive starts a browser that has crashed again, and tells whether it did.
func (b *Browser) revive() bool {
	b.t.Helper()
	if b.ctx.Err() == nil || b.crashes == maxCrashes {
		return false
	}
	b.crashes++
	b.t.Logf("chromium crashed, and is started again (%d of %d times)", b.crashes, maxCrashes)
	b.launch()
	return true
}

// missing skips a test, or fails it where nothing may be missing.
func missing(t *testing.T, text string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(text)
	}
	t.Skip(text)
}
