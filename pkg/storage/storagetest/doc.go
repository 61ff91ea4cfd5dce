// Package storagetest is what tests of storages, and of programs that use them,
// have in common: Contract, which every storage.Disk must pass; StartS3, a real
// S3 server on loopback; and Faults, a proxy before it that answers wrongly.
//
// It is for tests only.
package storagetest
