// Package report writes statuses for people and programs: as a table, as JSON
// and as Prometheus text. It decides nothing; what it writes is what the
// statuses say, the worst first.
package report
