// Package incident decides when somebody is to be told of a trouble, and what: an
// incident is opened when a status becomes bad, changed with it and closed when all
// is well; a group holds what one receiver was told of the incidents that belong
// together, and yields the next notice when one is due.
//
// The package is pure: now is a parameter, and whoever calls it keeps the state and
// sends the notices. It does not judge backups (package backup does), and knows
// neither receivers' protocols nor words: only what is news.
package incident
