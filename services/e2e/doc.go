// Package e2e holds scenarios as tests: the real program in processes of its
// own, on a real NATS server, a real S3 server and real folders. It is not for
// what one package's own tests can show.
package e2e
