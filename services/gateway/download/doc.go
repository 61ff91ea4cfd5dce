// Package download hands out the latest file of a series: as a stream through the
// gateway, whole or from where an interrupted download broke off, or as a link to
// the storage that is good for a short time. Who took what is written to the audit
// stream.
//
// It reads what a status names and nothing else, and holds no more of a file than
// one buffer. It knows no paths: the API and the page call it for a series.
package download
