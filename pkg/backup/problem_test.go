package backup

import (
	"errors"
	"fmt"
	"testing"
)

func TestProblemTexts(t *testing.T) {
	tests := []struct {
		name    string
		problem Problem
		want    string
	}{
		{"with all", Problem{Level: Error, File: "d.yaml", Line: 12, Column: 9, Message: "unknown placeholder", Hint: "did you mean %Y?"}, "d.yaml:12:9: unknown placeholder; did you mean %Y?"},
		{"warning", Problem{Level: Warning, File: "d.yaml", Line: 12, Column: 9, Message: `unknown key "x"`}, `d.yaml:12:9: warning: unknown key "x"`},
		{"whole line", Problem{Level: Error, File: "d.yaml", Line: 12, Message: "m"}, "d.yaml:12: m"},
		{"whole file", Problem{Level: Error, File: "d.yaml", Message: "m", Hint: "h"}, "d.yaml: m; h"},
		{"a column without a line is no place", Problem{Level: Error, File: "d.yaml", Column: 3, Message: "m"}, "d.yaml: m"},
		{"no file", Problem{Level: Error, Line: 1, Column: 2, Message: "m"}, "1:2: m"},
		{"no place", Problem{Level: Warning, Message: "m"}, "warning: m"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			equal(t, "text", tt.problem.Error(), tt.want)
			var found Problem
			if err := fmt.Errorf("read: %w", tt.problem); !errors.As(err, &found) || found != tt.problem {
				t.Errorf("the problem is not found in %v", err)
			}
		})
	}
}

func TestProblemLevels(t *testing.T) {
	equal(t, "levels", fmt.Sprint(Warning, Error, Level(0)), "warning error level(0)")
	warning, failure := Problem{Level: Warning}, Problem{Level: Error}
	for _, tt := range []struct {
		problems []Problem
		want     bool
	}{{nil, false}, {[]Problem{warning}, false}, {[]Problem{warning, failure}, true}} {
		if got := HasErrors(tt.problems); got != tt.want {
			t.Errorf("%v: %v", tt.problems, got)
		}
	}
}

func TestSortProblems(t *testing.T) {
	problems := []Problem{
		{File: "b", Line: 1},
		{File: "a", Line: 2, Column: 1},
		{File: "a", Line: 1, Column: 9, Message: "first"},
		{File: "a", Line: 1, Column: 9, Message: "second"},
		{File: "a", Line: 1, Column: 2},
		{File: "a"},
	}
	SortProblems(problems)
	equal(t, "order", problems, []Problem{
		{File: "a"},
		{File: "a", Line: 1, Column: 2},
		{File: "a", Line: 1, Column: 9, Message: "first"},
		{File: "a", Line: 1, Column: 9, Message: "second"},
		{File: "a", Line: 2, Column: 1},
		{File: "b", Line: 1},
	})
}
