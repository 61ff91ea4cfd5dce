package browsertest

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// Download does what makes the browser fetch a file, and returns the file's name
// and content.
func (tab *Tab) Download(click func()) (name string, content []byte) {
	tab.t.Helper()
	folder := tab.t.TempDir()
	tab.run("allow downloads", func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: folder})
		return chromedp.Void{}, err
	})
	click()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-poll.C {
		files, err := filepath.Glob(filepath.Join(folder, "*"))
		if err != nil {
			tab.t.Fatal(err)
		}
		if len(files) == 1 && filepath.Ext(files[0]) != ".crdownload" {
			data, err := os.ReadFile(files[0])
			if err != nil {
				tab.t.Fatal(err)
			}
			return filepath.Base(files[0]), data
		}
	}
	tab.t.Fatal("the browser fetched no file")
	return "", nil
}
