package certificate_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/backmon/backmon/services/gateway/certificate"
)

var later = time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)

// issue makes a certificate that ends then, and its key.
func issue(t *testing.T, ends time.Time) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: ends}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// kept is a certificate in a folder of its own, and what is logged about it.
func kept(t *testing.T) (*certificate.Keeper, certificate.Files, *observer.ObservedLogs) {
	t.Helper()
	folder := t.TempDir()
	files := certificate.Files{Certificate: filepath.Join(folder, "tls.crt"), Key: filepath.Join(folder, "tls.key")}
	cert, key := issue(t, later)
	write(t, files.Certificate, cert)
	write(t, files.Key, key)
	core, logs := observer.New(zap.InfoLevel)
	k, err := certificate.Open(files, zap.New(core))
	if err != nil {
		t.Fatal(err)
	}
	return k, files, logs
}

// expires is what a client would be shown.
func expires(t *testing.T, k *certificate.Keeper) time.Time {
	t.Helper()
	c, err := k.Get(nil)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return leaf.NotAfter
}

func TestRenewal(t *testing.T) {
	k, files, logs := kept(t)
	k.Refresh()
	if got := logs.Len(); got != 1 {
		t.Errorf("%d lines are logged when nothing has changed, want that of the start", got)
	}
	cert, key := issue(t, later.AddDate(1, 0, 0))
	write(t, files.Certificate, cert)
	k.Refresh() // between the two writes they don't fit
	if got := expires(t, k); !got.Equal(later) {
		t.Errorf("with half of the new pair it expires at %v", got)
	}
	write(t, files.Key, key)
	k.Refresh()
	if got := expires(t, k); !got.Equal(later.AddDate(1, 0, 0)) {
		t.Errorf("after the renewal it expires at %v", got)
	}
	if got := testutil.ToFloat64(k); got != float64(later.AddDate(1, 0, 0).Unix()) {
		t.Errorf("the metric says %v", got)
	}
	if n := logs.FilterLevelExact(zap.InfoLevel).Len(); n != 2 {
		t.Errorf("%d certificates are said to be used, want 2", n)
	}
}

// Whatever happens to the files, there is a certificate, and the trouble is told once.
func TestBrokenFiles(t *testing.T) {
	k, files, logs := kept(t)
	foreign, _ := issue(t, later)
	original, err := os.ReadFile(files.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	told := func() int { return logs.FilterLevelExact(zap.ErrorLevel).Len() }
	for _, c := range []struct {
		name, want string
		damage     func()
	}{
		{"no PEM", "failed to find any PEM data", func() { write(t, files.Certificate, []byte("nonsense")) }},
		{"of another key", "private key does not match public key", func() { write(t, files.Certificate, foreign) }},
		{"gone", "read TLS certificate: ", func() { _ = os.Remove(files.Certificate) }},
		{"the key is gone", "read TLS key: ", func() { write(t, files.Certificate, original); _ = os.Remove(files.Key) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := told()
			c.damage()
			k.Refresh()
			k.Refresh()
			if got := expires(t, k); !got.Equal(later) {
				t.Errorf("it expires at %v", got)
			}
			if n := told() - before; n != 1 {
				t.Errorf("told %d times", n)
			}
			last := logs.All()[logs.Len()-1].ContextMap()["error"]
			if text, _ := last.(string); !strings.Contains(text, c.want) {
				t.Errorf("logged %q, want %q", text, c.want)
			}
		})
	}
}

func TestOpenErrors(t *testing.T) {
	folder := t.TempDir()
	absent := filepath.Join(folder, "absent")
	bad := filepath.Join(folder, "bad")
	write(t, bad, []byte("nonsense"))
	for _, c := range []struct {
		name  string
		files certificate.Files
		want  string
	}{
		{"no certificate", certificate.Files{Certificate: absent, Key: bad}, "read TLS certificate: open " + absent},
		{"no key", certificate.Files{Certificate: bad, Key: absent}, "read TLS key: open " + absent},
		{"nonsense", certificate.Files{Certificate: bad, Key: bad}, `use TLS certificate "` + bad + `" with key "` + bad},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := certificate.Open(c.files, zap.NewNop()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// The files are looked at without being asked to.
func TestRun(t *testing.T) {
	k, files, logs := kept(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- k.Run(ctx, time.Millisecond) }()
	cert, key := issue(t, later.AddDate(2, 0, 0))
	write(t, files.Certificate, cert)
	write(t, files.Key, key)
	for end := time.Now().Add(20 * time.Second); !expires(t, k).Equal(later.AddDate(2, 0, 0)); {
		if time.Now().After(end) {
			t.Fatalf("the renewed certificate is not taken: %v", logs.All())
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run returned %v", err)
	}
}
