// Package backup is the heart of backmon: what a backup file, a definition, a
// series and a status are, and the rules that lead from one to the next.
//
//	Definition + listing -> Evaluation (stream, bounded memory) -> Judge -> Status
//
// A reader who looks for a rule finds it here: which file counts as the latest
// (order.go), what retention keeps (keeper.go, period.go) and why (retain.go),
// when a series is late (slot.go), what is odd about a file (flags.go), how bad
// that is (severity.go) and how it is said (judge.go); which series exist, vanish
// or end (outcome.go).
//
// The package is pure: it reads no clock, no file and no network, and logs
// nothing. "Now" is always a parameter. It is not the place for the file format
// of definitions (package definition), for listing disks (package storage) or
// for events (packages wire and bus).
package backup
