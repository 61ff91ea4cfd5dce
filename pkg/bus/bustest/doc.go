// Package bustest gives tests a real NATS server: one in the process, one that
// listens for other processes, or a cluster of three. Each test has its own,
// with its store in the test's directory, stopped when the test ends. It is not
// for anything but tests.
package bustest
