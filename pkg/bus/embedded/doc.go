// Package embedded runs a NATS server within the process, for `backmon run` and
// for tests. It is not for production with several nodes: that is a NATS
// cluster of three, with backmon's services as its clients.
package embedded
