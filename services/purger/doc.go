// Package purger deletes what retention no longer needs, and nothing else. It
// follows the disks' statuses: after each evaluation that saw a whole disk it
// looks at the series that list expired files, one after the other, and for each
//
//   - asks whether anything forbids it: state, flags, holds, a frozen disk (package gate);
//   - looks at the disk again, with the definitions as they are now, and plans only
//     what both the status and this second look call expired (plan.go);
//   - writes the intent to the audit stream, deletes in batches, and writes the
//     result (execute.go);
//   - asks before each batch whether all that still holds: statuses, holds,
//     definitions, the newest file, and that the look is not old (check.go).
//
// What others do to a file that may go is caught by the storage at its delete. What
// remains is a window: others who take away files that are kept, yet not the newest
// one, after the second look. It lasts as long as the run needs from there to its
// deletes: in the order of a second, and never over lookLasts and one batch.
//
// Whatever is unclear stays. A run that was interrupted is settled by the disk's
// next run, some minutes later at the earliest (settle.go). In the dry-run mode,
// which is the default, everything is planned and published and nothing is deleted.
//
// It is the only service that asks a disk to delete. It judges nothing by itself:
// what is expired is decided in package backup.
package purger
