// Package bus carries backmon's events over NATS JetStream: subjects, streams,
// typed publishing with compare-and-set, the work queue of disks, and watching
// statuses. It and its sub-packages are the only ones that know nats.go.
//
// It speaks in the generated messages of module proto. It is not for deciding
// anything: what a status means, when a disk is due, and how a backup.Status
// becomes a message are the business of others. It never logs: what happens in
// the background is handed to Options.OnError. The server for a single process
// is in package embedded, so that a program that only listens doesn't link it.
package bus
