// Package metrics exports what the board and the audit stream say as Prometheus
// metrics, read at each scrape. It keeps upstream's names and adds our own.
package metrics
