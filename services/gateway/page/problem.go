package page

import (
	"fmt"
	"strings"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/prose"
)

// problemView is a problem of a disk's definitions, beside their text.
type problemView struct {
	Badge   badge
	Place   string
	Message string
	Hint    string
	Lines   []excerptLine
}

// excerptLine is a line of definitions. At is the character that the problem is at.
type excerptLine struct {
	Number            int
	Marked            bool
	Before, At, After string
}

func newProblems(problems []*backmonv1.Problem) []problemView {
	var all []problemView
	for _, level := range []backmonv1.ProblemLevel{backmonv1.ProblemLevel_PROBLEM_LEVEL_ERROR, backmonv1.ProblemLevel_PROBLEM_LEVEL_WARNING} {
		for _, p := range problems {
			if p.GetLevel() == level {
				all = append(all, newProblem(p))
			}
		}
	}
	return all
}

func newProblem(p *backmonv1.Problem) problemView {
	b := severityBadge(backup.SeverityWarning)
	if p.GetLevel() == backmonv1.ProblemLevel_PROBLEM_LEVEL_ERROR {
		b = severityBadge(backup.SeverityCritical)
		b.Text = "error"
	}
	place := prose.Clean(p.GetFile())
	if p.GetLine() > 0 {
		place += fmt.Sprintf(":%d", p.GetLine())
	}
	if p.GetLine() > 0 && p.GetColumn() > 0 {
		place += fmt.Sprintf(":%d", p.GetColumn())
	}
	return problemView{Badge: b, Place: place, Message: p.GetMessage(), Hint: p.GetHint(), Lines: excerptLines(p)}
}

// excerptLines splits the text around a problem, and the line of the problem at
// its column, which counts bytes.
func excerptLines(p *backmonv1.Problem) []excerptLine {
	e := p.GetExcerpt()
	if e == nil {
		return nil
	}
	var lines []excerptLine
	for i, text := range strings.Split(e.GetText(), "\n") {
		l := excerptLine{Number: int(e.GetLine()) + i, Before: text}
		if l.Number == int(p.GetLine()) {
			l.Marked = true
			l.split(int(p.GetColumn()) - 1)
		}
		lines = append(lines, l)
	}
	return lines
}

// split sets apart the word that begins at an offset.
func (l *excerptLine) split(at int) {
	text := l.Before
	if at < 0 || at >= len(text) {
		return
	}
	end := strings.IndexAny(text[at:], " \t,#]}")
	if end <= 0 {
		end = len(text) - at
	}
	l.Before, l.At, l.After = text[:at], text[at:at+end], text[at+end:]
}
