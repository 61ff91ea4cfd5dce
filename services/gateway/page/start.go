package page

import (
	"fmt"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"

	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/services/gateway/board"
)

// start says what to do where nothing is watched yet.
type start struct{ Steps []step }

// step is one thing to do.
type step struct {
	Title, Text, Code string
	Link, LinkText    string
	Done              bool
}

// firstDefinition is one to begin with.
const firstDefinition = `directories:
  postgres/{{tenant}}:
    files:
      dump-%Y%M%D.sql.gz:
        schedule: 0 2 * * *
        retention-count: 7
`

// newStart returns nil where backups are watched.
func newStart(s standing, disks []board.DiskOverview) *start {
	if s.total > 0 || !s.current {
		return nil
	}
	return &start{[]step{environmentStep(s.disks), definitionStep(disks), lookStep()}}
}

func environmentStep(disks int) step {
	if disks > 0 {
		return step{Title: "Name what to watch", Text: count(disks, "disk is", "disks are") + " evaluated.", Done: true}
	}
	return step{
		Title: "Name what to watch",
		Text:  "No disk has been evaluated yet. config.yaml names folders and S3 accounts as environments; their disks are found at the next tick of update_interval. If it does and nothing comes, the log of the discoverer and the evaluator says why.",
		Code:  "environments:\n  office:\n    path: /srv/backup\n",
		Link:  docs + "configuration.md", LinkText: "All of config.yaml",
	}
}

// definitionStep tells of the first disk that lacks a definition how to write it.
func definitionStep(disks []board.DiskOverview) step {
	s := step{
		Title: "Say which files are backups",
		Text:  "Each disk holds a file backup_definitions.yaml that says which files belong together, when they are due and how long they are kept. One to begin with:",
		Code:  firstDefinition, Link: docs + "definitions.md", LinkText: "How definitions are written",
	}
	for _, d := range disks {
		if d.Entry == nil {
			continue
		}
		switch d.Entry.Status.GetErrorKind() {
		case backmonv1.ErrorKind_ERROR_KIND_NO_DEFINITIONS:
			s.Text = fmt.Sprintf("The disk %s has no definitions file. Put one into its root that says which files belong together, when they are due and how long they are kept. One to begin with:", diskName(d.ID))
			return s
		case backmonv1.ErrorKind_ERROR_KIND_BAD_DEFINITIONS:
			s.Text, s.Code = fmt.Sprintf("The definitions of disk %s can’t be used: %s", diskName(d.ID), d.Entry.Status.GetError()), ""
			s.Link, s.LinkText = link.Disk(d.ID.Environment, d.ID.Disk), "Its problems, line by line"
			return s
		default:
		}
	}
	return s
}

func lookStep() step {
	return step{
		Title: "Try it out before",
		Text:  "On the machine that holds the files, this judges a folder or bucket at once, without a server:",
		Code:  "backmon check /srv/backup --definitions backup_definitions.yaml\n",
	}
}
