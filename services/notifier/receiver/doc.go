// Package receiver brings notices to those who want them: webhooks, Alertmanagers,
// chats and mail by shoutrrr's URLs, and commands; and a heartbeat to whoever warns
// when it stops.
//
// A receiver tries once, within a time limit. When to try again, and for how long,
// is up to the service, which each error tells whether that makes sense. No error
// holds a secret: of addresses only scheme and host are named.
package receiver
