package browsertest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// A browser that dies of itself costs no test: the tab that is open goes on in
// another one, and so do later tabs.
func TestABrowserThatCrashes(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(w, `<!doctype html><link rel="icon" href="data:,"><title>x</title><div id="main">here</div>`)
	}))
	defer server.Close()
	b := Start(t)
	tab := b.Open(t, Dark)
	tab.Go(server.URL)
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	_, _ = chromedp.Run(ctx, call(browser.Crash, cdp.Empty{})) // nobody is left to answer
	<-b.ctx.Done()
	tab.Go(server.URL)
	if !Value[bool](tab, `matchMedia("(prefers-color-scheme: dark)").matches`) {
		t.Error("the tab has another look than before")
	}
	b.Open(t, Light).Go(server.URL)
	if b.crashes != 1 {
		t.Errorf("%d crashes", b.crashes)
	}
}
