// Package trust reads whom connections over TLS trust. It opens no connection, and
// reads no key.
package trust

import (
	"crypto/x509"
	"fmt"
	"os"
)

// Authorities returns the system's certification authorities and those of a file in
// PEM; nil, which stands for the system's alone, when no file is named.
func Authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // the system's
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read certification authorities: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read certification authorities: %q holds no certificate in PEM", file)
	}
	return pool, nil
}
