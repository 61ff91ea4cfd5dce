// Package page shows people what the board holds: whether all is well, what is
// not and why, and what can be done about it. Its pages are made on the server
// and can be read, and their forms sent, without JavaScript; with it they follow
// the streams.
//
// It decides nothing about backups, reads no disk, and draws no picture that says
// something in colour alone. Names come from files that anybody may have put
// there: all text goes through html/template, and characters that could deceive
// the eye are shown as escapes.
package page
