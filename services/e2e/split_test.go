package e2e_test

import (
	"strings"
	"testing"
)

// TestServicesRunAsProcessesOfTheirOwn starts each service against an external
// NATS server, as a cluster would.
func TestServicesRunAsProcessesOfTheirOwn(t *testing.T) {
	t.Parallel()
	server := startNATS(t)
	s := newSettings(t, "1h")
	s.nats = server.URL
	disk := newFolder(t, perTenant, "db/a/dump-1.sql", "db/b/dump-1.sql")
	s.environments["office"] = folder(disk)
	config := s.write(t)

	if code, output := backmon(t, config, "discoverer"); code == 0 || !strings.Contains(output, "backmon provision") {
		t.Errorf("a service without streams: exit code %d, want a hint at `backmon provision`:\n%s", code, output)
	}
	for range 2 { // the second time there is nothing to do
		if code, output := backmon(t, config, "provision"); code != 0 {
			t.Fatalf("provision: exit code %d\n%s", code, output)
		}
	}
	gateway := start(t, config, "gateway")
	evaluator := start(t, config, "evaluator")
	discoverer := start(t, config, "discoverer")

	statuses := follow(t, server.URL)
	for _, tenant := range []string{"a", "b"} {
		statuses.state(t, "office "+disk+" db/"+tenant, ok)
		metric(t, gateway.address(t), 1, "backmon_backup_file_count", "env", "office", "disk", disk, "group", "db/"+tenant)
	}
	ready(t, gateway.address(t))
	code, output := backmon(t, config, "status")
	if code != 0 || strings.Count(output, "OK") < 2 {
		t.Errorf("status: exit code %d, want 0 and two series that are OK:\n%s", code, output)
	}
	for _, p := range []*process{discoverer, evaluator, gateway} {
		p.stop(t)
	}
}
