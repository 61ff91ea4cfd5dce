// Package receivertest has what receivers deliver to, for tests: a real Alertmanager
// and a mail server. It is for tests only.
package receivertest
