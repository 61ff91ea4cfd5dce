// Package gateway serves what the streams say over HTTP. It keeps a board of the
// last status of every series and disk, rebuilt from the stream at each start. Its
// sub-packages each show one side of it: metrics for Prometheus; guard keeps those
// out who may not in, certificate renews the server's own, problem says what is
// wrong with a request. It does not judge, delete or notify.
package gateway
