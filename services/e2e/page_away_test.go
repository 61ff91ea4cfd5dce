package e2e_test

import (
	"testing"

	"github.com/backmon/backmon/services/gateway/page/browsertest"
)

// TestPageWithoutNATS looks at a page while the NATS server goes away and comes back:
// an open page says that what it shows may be old.
func TestPageWithoutNATS(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	server := startNATS(t)
	s := newSettings(t, "1h")
	s.nats = server.URL
	s.environments["office"] = folder(newFolder(t, perTenant, "db/acme/dump-1.sql"))
	config := s.write(t)
	if code, output := backmon(t, config, "provision"); code != 0 {
		t.Fatalf("provision: exit code %d\n%s", code, output)
	}
	for _, service := range []string{"discoverer", "evaluator"} {
		start(t, config, service)
	}
	address := start(t, config, "gateway").address(t)
	tab := browser.Open(t, browsertest.Light)
	tab.Go(address)
	tab.Until("the verdict", `document.getElementById("verdict").textContent.includes("The one backup is on time")`)
	cutOff := `document.getElementById("main").textContent.includes("Cut off.")`
	server.halt()
	tab.Until("that it is cut off", cutOff)
	if text := browsertest.Value[string](tab, `document.getElementById("verdict").textContent`); text != "No backup is known to be late, but NATS can’t be reached." {
		t.Errorf("the verdict is %q", text)
	}
	server.boot(t)
	tab.Until("that it is not any more", "!"+cutOff)
}
