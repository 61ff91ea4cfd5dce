package browsertest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Tab is one page of a browser.
type Tab struct {
	t       *testing.T
	browser *Browser
	look    Look
	ctx     context.Context
	cancel  context.CancelFunc

	mu         sync.Mutex
	complaints []string
	expected   []string
}

// Look is how a page is looked at.
type Look struct {
	Name          string
	Width, Height int64
	Dark          bool
	Mobile        bool
}

// The looks that pages are held against.
var (
	Light = Look{Name: "light", Width: 1280, Height: 900}
	Dark  = Look{Name: "dark", Width: 1280, Height: 900, Dark: true}
	Phone = Look{Name: "phone", Width: 320, Height: 700, Mobile: true}
)

// Open opens a tab that is closed with the test, which fails when the browser has
// complained of anything that was not expected.
func (b *Browser) Open(t *testing.T, look Look) *Tab {
	t.Helper()
	b.revive()
	tab := &Tab{t: t, browser: b, look: look}
	tab.open()
	t.Cleanup(func() {
		tab.check()
		tab.cancel()
	})
	return tab
}

func (tab *Tab) open() {
	tab.t.Helper()
	tab.ctx, tab.cancel = chromedp.NewContext(tab.browser.ctx)
	if err := chromedp.Listen(tab.ctx, tab.hear); err != nil {
		tab.t.Fatalf("open a tab: %v", err)
	}
	tab.run("open a tab", call(log.Enable, cdp.Empty{}), call(runtime.Enable, cdp.Empty{}), call(audits.Enable, cdp.Empty{}))
	tab.Look(tab.look)
}

// Look changes how the tab is looked at.
func (tab *Tab) Look(as Look) {
	tab.t.Helper()
	tab.look = as
	tab.run("look "+as.Name,
		call(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: as.Width, Height: as.Height, DeviceScaleFactor: 1, Mobile: as.Mobile}),
		call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: map[bool]string{false: "light", true: "dark"}[as.Dark]},
			{Name: "prefers-reduced-motion", Value: "reduce"},
		}}))
}

// hear notes what the browser complains of.
func (tab *Tab) hear(event any) {
	text := ""
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			text = fmt.Sprintf("log: %s %s", e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		text = "exception: " + exceptionText(e.ExceptionDetails)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			text = fmt.Sprintf("console: %s", arguments(e.Args))
		}
	case *audits.EventIssueAdded:
		if e.Issue.Code == audits.InspectorIssueCodeContentSecurityPolicyIssue {
			text = "policy broken: " + e.Issue.Details.ContentSecurityPolicyIssueDetails.ViolatedDirective
		}
	}
	if text != "" {
		tab.mu.Lock()
		defer tab.mu.Unlock()
		tab.complaints = append(tab.complaints, text)
	}
}

func exceptionText(d *runtime.ExceptionDetails) string {
	if d.Exception != nil {
		return d.Text + " " + d.Exception.Description
	}
	return d.Text
}

func arguments(all []*runtime.RemoteObject) string {
	var parts []string
	for _, a := range all {
		parts = append(parts, string(a.Value)+a.Description)
	}
	return strings.Join(parts, " ")
}

// Expect names a part of complaints that are no fault here.
func (tab *Tab) Expect(part string) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	tab.expected = append(tab.expected, part)
}

func (tab *Tab) check() {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	for _, c := range tab.complaints {
		if !slices.ContainsFunc(tab.expected, func(part string) bool { return strings.Contains(c, part) }) {
			tab.t.Errorf("the browser complains: %s", c)
		}
	}
}

// call is an action that sends one command of the protocol.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, command, params)
		return chromedp.Void{}, err
	}
}

// run does something within a bound of time, or ends the test.
func (tab *Tab) run(what string, actions ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	value(tab, what, chromedp.Steps(actions...))
}

// value does something that has a value within a bound of time, or ends the test.
func value[T any](tab *Tab, what string, action chromedp.Action[T]) T {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	got, err := chromedp.Run(ctx, action)
	if err != nil {
		tab.t.Fatalf("%s: %v", what, err)
	}
	return got
}

// Go opens an address and waits until the page's script is at work. Should the
// browser crash over it, another one tries again.
func (tab *Tab) Go(url string) {
	tab.t.Helper()
	steps := chromedp.Steps(chromedp.Navigate(url), chromedp.WaitReady(chromedp.CSS("#main")))
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, steps); err == nil {
		return
	} else if !tab.browser.revive() {
		tab.t.Fatalf("go to %s: %v", url, err)
	}
	tab.open()
	tab.run("go to "+url, steps)
}

// Until waits until an expression in JavaScript is true, over all pages that come
// in between: while one goes and the next comes nothing is.
func (tab *Tab) Until(what, expression string) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for {
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		if err == nil && holds {
			return
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			tab.t.Fatalf("waited %v for %s: %s is not true; %v", patience, what, expression, err)
		}
	}
}

// Value evaluates an expression in JavaScript.
func Value[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	return value(tab, "evaluate "+expression, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// Click clicks what a selector finds. Where a live update exchanges it in the moment
// between finding and clicking, what has come instead is clicked.
func (tab *Tab) Click(selector string) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	for {
		_, err := chromedp.Run(ctx, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
		if err == nil {
			return
		}
		if !strings.Contains(err.Error(), nodeGone) || ctx.Err() != nil {
			tab.t.Fatalf("click %s: %v", selector, err)
		}
	}
}

// nodeGone is what the browser says of an element that is no longer there.
const nodeGone = "Could not find node with given id"

// Type types into what a selector finds.
func (tab *Tab) Type(selector, text string) {
	tab.t.Helper()
	tab.run("type into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text, chromedp.NodeVisible))
}

// Screenshot is a PNG of the whole page, however long it is.
func (tab *Tab) Screenshot() []byte {
	tab.t.Helper()
	return value(tab, "take a screenshot", chromedp.FullScreenshot(100))
}

// View is a PNG of what the screen shows.
func (tab *Tab) View() []byte {
	tab.t.Helper()
	return value(tab, "take a screenshot", chromedp.CaptureScreenshot())
}

// Wait waits until a selector finds something that can be seen.
func (tab *Tab) Wait(selector string) {
	tab.t.Helper()
	tab.run("wait for "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// Press presses keys, wherever the focus is.
func (tab *Tab) Press(keys string) {
	tab.t.Helper()
	tab.run("press keys", chromedp.KeyEvent(keys))
}

// WithoutScript turns JavaScript off from the next page on.
func (tab *Tab) WithoutScript() {
	tab.t.Helper()
	tab.run("turn scripts off", call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
}

// Behind has the next pages believe that others stand before them, until Front.
func (tab *Tab) Behind() {
	tab.t.Helper()
	tab.run("go behind", call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `window.behind = true; Object.defineProperty(document, "hidden", { get: () => window.behind })`,
	}))
}

// Front brings a page that is Behind to the front.
func (tab *Tab) Front() {
	tab.t.Helper()
	Value[bool](tab, `window.behind = false, document.dispatchEvent(new Event("visibilitychange"))`)
}
