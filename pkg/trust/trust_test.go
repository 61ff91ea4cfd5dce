package trust_test

import (
	"crypto/tls"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/backmon/backmon/pkg/trust"
)

func TestAuthorities(t *testing.T) {
	if pool, err := trust.Authorities(""); pool != nil || err != nil {
		t.Errorf("without a file: %v, %v", pool, err)
	}
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	pool, err := trust.Authorities(file)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	response, err := client.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
}

func TestAuthoritiesErrors(t *testing.T) {
	folder := t.TempDir()
	other := filepath.Join(folder, "other.pem")
	if err := os.WriteFile(other, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ file, want string }{
		{filepath.Join(folder, "none.pem"), "read certification authorities: open " + filepath.Join(folder, "none.pem") + ": no such file or directory"},
		{other, `read certification authorities: "` + other + `" holds no certificate in PEM`},
	} {
		if pool, err := trust.Authorities(c.file); pool != nil || err == nil || err.Error() != c.want {
			t.Errorf("%v, %v, want %s", pool, err, c.want)
		}
	}
}
