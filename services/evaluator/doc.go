// Package evaluator takes disks from the queue one at a time, lists each once,
// and publishes the status of every series and of the disk. Any number of
// evaluators share the queue; a stale one can't overwrite what a newer one said.
// It deletes nothing and tells nobody: purger, notifier and gateway follow the
// status stream.
package evaluator
