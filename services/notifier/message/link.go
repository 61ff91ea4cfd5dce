package message

import (
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/link"
)

// linkTo leads to the page of a series or disk.
func (w *Writer) linkTo(s incident.Subject) string {
	switch {
	case w.config.PageURL == "":
		return ""
	case incident.OfDisk(s):
		return w.config.PageURL + link.Disk(s.Environment, s.Disk)
	default:
		return w.config.PageURL + link.Series(s)
	}
}

// link leads to what a notice is about.
func (w *Writer) link(n incident.Notice, v View) string {
	environment, inEnvironment := n.Group["env"]
	disk, onDisk := n.Group["disk"]
	switch {
	case w.config.PageURL == "":
		return ""
	case len(n.Items) == 1 && v.Total == 1:
		return w.linkTo(n.Items[0].Incident.Subject)
	case inEnvironment && onDisk:
		return w.linkTo(incident.Subject{Environment: environment, Disk: disk})
	default:
		return w.config.PageURL + "/"
	}
}
