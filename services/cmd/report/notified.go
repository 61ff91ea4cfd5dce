package report

import (
	"fmt"
	"strings"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// notified writes who was told what.
func (l *AuditLog) notified(n *backmonv1.NoticeSent) error {
	text := noticeText(n.GetReceiver(), n.GetTitle(), n.GetKind(), n.GetChanges())
	if n.GetAttempts() > 1 {
		text += fmt.Sprintf(", at attempt %d", n.GetAttempts())
	}
	head := l.head(n.GetAt(), backup.SeverityOK, "TOLD", n.GetEnvironment(), n.GetDisk())
	return l.write(head + "  " + prose.Clean(text) + "\n")
}

// unnotified writes who could not be told what, and why.
func (l *AuditLog) unnotified(n *backmonv1.NoticeFailed) error {
	text := noticeText(n.GetReceiver(), n.GetTitle(), n.GetKind(), n.GetChanges())
	text += ", given up after " + prose.Count(int(n.GetAttempts()), "attempt", "attempts") + ": " + n.GetError()
	head := l.head(n.GetAt(), backup.SeverityCritical, "NOT TOLD", n.GetEnvironment(), n.GetDisk())
	return l.write(head + "  " + prose.Clean(text) + "\n")
}

// noticeText is a notice's title, with what it is and how many incidents it tells of.
func noticeText(receiver, title string, kind backmonv1.NoticeKind, changes []*backmonv1.ChangeCount) string {
	about := wire.Word(kind)
	var counts []string
	for _, c := range changes {
		word := wire.Word(c.GetChange())
		if c.GetChange() == backmonv1.IncidentChange_INCIDENT_CHANGE_CONTINUES {
			word = "still open"
		}
		counts = append(counts, fmt.Sprintf("%d %s", c.GetIncidents(), word))
	}
	if len(counts) > 0 {
		about += ": " + strings.Join(counts, ", ")
	}
	return receiver + ": " + title + " (" + about + ")"
}
