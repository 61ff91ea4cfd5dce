// Package discoverer finds the disks of every environment and asks for their
// evaluation: all of them at each tick of the update interval, and one of them
// when a deadline of its series passes. Any number of discoverers may run side by
// side: ticks are aligned and carry the same message ids, and the queue holds one
// job per disk. It also ends the statuses of disks that are no more, but only
// after a discovery that was complete. It lists no disk and judges nothing.
package discoverer
