// Package scan evaluates a disk: it reads the definitions, lists the disk once as
// a stream, reads the .stat files that can change a result, and lets package
// backup judge. The evaluator publishes what comes out, the purger looks once
// more before it deletes, and the commands print it: all run this code. It keeps
// nothing between scans, knows no bus, and deletes nothing.
package scan
