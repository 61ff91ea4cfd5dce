package e2e_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestTheGatewayNeedsNoStorage: with downloads off it doesn't even read the
// authorities that its storage's certificate needs, let alone credentials.
func TestTheGatewayNeedsNoStorage(t *testing.T) {
	t.Parallel()
	server := startNATS(t)
	s := newSettings(t, "1h")
	s.nats = server.URL
	missing := filepath.Join(t.TempDir(), "authorities.pem")
	s.environments["cloud"] = object{"s3": object{"endpoint": "https://127.0.0.1:1", "ca_file": missing, "access_key_id": "id", "secret_access_key": "hush"}}
	config := s.write(t)
	if code, output := backmon(t, config, "provision"); code != 0 {
		t.Fatalf("provision: exit code %d\n%s", code, output)
	}
	gateway := start(t, config, "gateway")
	ready(t, gateway.address(t))
	gateway.stop(t)

	s.more = object{"downloads": object{"enabled": true}}
	if code, output := backmon(t, s.write(t), "gateway"); code != 1 || !strings.Contains(output, missing) || strings.Contains(output, "hush") {
		t.Errorf("with downloads: exit code %d\n%s", code, output)
	}
}
