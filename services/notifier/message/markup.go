package message

import (
	"strings"

	"github.com/backmon/backmon/pkg/prose"
)

// Markup is what a receiver reads as more than plain text. Names come from whoever
// can write a file: they must not call a whole channel.
type Markup int

// The kinds of markup.
const (
	Plain    Markup = iota // nothing has a meaning
	Entities               // as Slack: "<" begins a command, and "&lt;" is "<"
	Mentions               // "@all", "@here", "<users/all>" and the like call people
)

// name makes a text from outside fit for a message.
func (w *Writer) name(text string) string {
	text = prose.Clean(text)
	switch w.config.Markup {
	case Entities:
		return entities.Replace(text)
	case Mentions:
		return mentions.Replace(text)
	default:
		return text
	}
}

var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// quiet is a space without width: after the sign that begins a call of people it
// takes its meaning away.
const quiet = "\u200b"

var mentions = strings.NewReplacer("@", "@"+quiet, "<", "<"+quiet)
