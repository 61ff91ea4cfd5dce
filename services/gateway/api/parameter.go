package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/problem"
)

// parameters reads those of a request's query, and gathers what is wrong with
// them. Those of a route's own are read first, those of board.Query last.
type parameters struct {
	values   url.Values
	own      []string
	problems []board.ParameterProblem
}

func (r *request) parameters() (*parameters, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, fmt.Sprintf("the query %q is not one of a URL: %v", r.URL.RawQuery, err))
	}
	return &parameters{values: values}, nil
}

func (p *parameters) fail(name, format string, args ...any) {
	p.problems = append(p.problems, board.ParameterProblem{Parameter: name, Text: fmt.Sprintf(format, args...)})
}

// text reads a parameter of the route's own, which stands once.
func (p *parameters) text(name string) string {
	p.own = append(p.own, name)
	if len(p.values[name]) > 1 {
		p.fail(name, "stands more than once")
	}
	return p.values.Get(name)
}

// number reads a number from 0 to most.
func (p *parameters) number(name string, otherwise, most int) int {
	text := p.text(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		p.fail(name, "%q is not a number from 0 to %d", text, most)
	}
	return n
}

// query reads the parameters of board.Query that the route has, and refuses when
// anything is wrong, such as a parameter that the route has not.
func (p *parameters) query(names ...string) (board.Query, error) {
	q, err := board.ParseQuery(p.values, append(names, p.own...)...)
	var wrong *board.ParameterError
	if errors.As(err, &wrong) {
		p.problems = append(wrong.Problems, p.problems...)
	}
	if len(p.problems) == 0 {
		return q, nil
	}
	var faults []problem.Fault
	for _, one := range p.problems {
		faults = append(faults, problem.Fault{Parameter: one.Parameter, Detail: one.Text})
	}
	whole := board.ParameterError{Problems: p.problems}
	return q, refuse(http.StatusBadRequest, "the query can't be understood: "+whole.Error(), faults...)
}
