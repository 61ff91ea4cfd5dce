// Package gateway serves what the status stream says over HTTP: Prometheus
// metrics and health. It keeps a board of the last status of every series and
// disk, rebuilt from the stream at each start, and asks no disk for anything.
// It does not judge, delete or notify.
package gateway
