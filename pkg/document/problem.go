package document

import (
	"fmt"
	"strings"

	"github.com/backmon/backmon/pkg/backup"
)

// problemList keeps problems once each, although aliases lead to the same text
// again and again, and keeps no more than maxProblems.
type problemList struct {
	kept    []backup.Problem
	seen    map[place]bool
	beyond  int
	invalid []string // paths of errors, up to maxProblems
}

type place struct {
	line, column int
	message      string
}

func newProblemList() problemList { return problemList{seen: map[place]bool{}} }

func (l *problemList) full() bool { return len(l.kept) >= maxProblems }

func (l *problemList) add(p backup.Problem) {
	if l.full() {
		l.beyond++
		return
	}
	if p.Level == backup.Error && len(l.invalid) < maxProblems {
		l.invalid = append(l.invalid, p.Path)
	}
	key := place{p.Line, p.Column, p.Message}
	if !l.seen[key] {
		l.seen[key] = true
		l.kept = append(l.kept, p)
	}
}

// errorsUnder tells whether there is an error at a path or below it. What came
// after a list was full is not known; then every path counts as having one.
func (l *problemList) errorsUnder(path string) bool {
	if l.beyond > 0 || len(l.invalid) >= maxProblems {
		return true
	}
	for _, p := range l.invalid {
		rest, found := strings.CutPrefix(p, path)
		if found && (path == "" || rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

func (l *problemList) sorted(file string) []backup.Problem {
	sorted := append([]backup.Problem(nil), l.kept...)
	backup.SortProblems(sorted)
	if l.beyond > 0 {
		message := fmt.Sprintf("%d more problems", l.beyond)
		sorted = append(sorted, backup.Problem{Level: backup.Error, File: file, Message: message})
	}
	return sorted
}
