// Package certificate keeps the certificate of a server in step with its files, so
// that a renewed one needs no restart. It makes and checks none: that a client trusts
// it is up to who made it.
package certificate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// Interval is how often the files are read.
const Interval = 30 * time.Second

// Files are a certificate, with those of its authorities, and its key, in PEM.
type Files struct{ Certificate, Key string }

// Keeper holds the certificate that the files had when they were last in order. It
// may be used concurrently.
type Keeper struct {
	files   Files
	log     *zap.Logger
	current atomic.Pointer[tls.Certificate]
	seen    []byte // what the files held when they were last looked at
	trouble string // what was last wrong with them
}

// Open reads the files, which must be in order at the start.
func Open(files Files, log *zap.Logger) (*Keeper, error) {
	k := &Keeper{files: files, log: log}
	if err := k.load(); err != nil {
		return nil, err
	}
	return k, nil
}

// Run reads the files at intervals until ctx ends, which is no error.
func (k *Keeper) Run(ctx context.Context, interval time.Duration) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			k.Refresh()
		case <-ctx.Done():
			return nil
		}
	}
}

// Refresh takes what the files hold now. What is wrong with them is said once, and
// the certificate stays as it was: an old one is better than none. It must not be
// called twice at a time, so not while Run is at work.
func (k *Keeper) Refresh() {
	err := k.load()
	switch {
	case err == nil:
		k.trouble = ""
	case err.Error() != k.trouble:
		k.trouble = err.Error()
		k.log.Error("the new certificate can't be used, the old one stays", zap.Time("expires", k.Expires()), zap.Error(err))
	}
}

// load reads the files and, where they have changed, takes the certificate.
func (k *Keeper) load() error {
	certificate, err := os.ReadFile(k.files.Certificate)
	if err != nil {
		return fmt.Errorf("read TLS certificate: %w", err)
	}
	key, err := os.ReadFile(k.files.Key)
	if err != nil {
		return fmt.Errorf("read TLS key: %w", err)
	}
	digest := sha256.Sum256(append(certificate, key...))
	if bytes.Equal(digest[:], k.seen) {
		return nil
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return fmt.Errorf("use TLS certificate %q with key %q: %w", k.files.Certificate, k.files.Key, err)
	}
	k.seen = digest[:]
	k.current.Store(&pair)
	k.log.Info("using TLS certificate", zap.String("file", k.files.Certificate), zap.Time("expires", k.Expires()))
	return nil
}

// Get returns the certificate, for tls.Config.GetCertificate.
func (k *Keeper) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return k.current.Load(), nil
}

// Expires returns the time after which clients refuse the certificate.
func (k *Keeper) Expires() time.Time { return k.current.Load().Leaf.NotAfter }

// expiry describes the metric.
var expiry = prometheus.NewDesc("backmon_tls_certificate_expiry_timestamp_seconds", "Unix time at which the gateway's own certificate expires.", nil, nil)

// Describe names the metric.
func (*Keeper) Describe(out chan<- *prometheus.Desc) { out <- expiry }

// Collect tells Prometheus when the certificate in use expires.
func (k *Keeper) Collect(out chan<- prometheus.Metric) {
	out <- prometheus.MustNewConstMetric(expiry, prometheus.GaugeValue, float64(k.Expires().Unix()))
}
