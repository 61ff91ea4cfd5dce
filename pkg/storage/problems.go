package storage

import "fmt"

// maxProblems is how many problems are kept with their text.
const maxProblems = 20

// Problem is one file that could not be used, which is no reason to give up on
// the others.
type Problem struct {
	Key string
	Err error
}

// String tells the problem to a person.
func (p Problem) String() string { return fmt.Sprintf("%q: %v", p.Key, p.Err) }

// Problems counts problems and keeps the first 20 of them. The zero value is
// ready for use.
type Problems struct {
	Total int
	First []Problem
}

// Add counts one more problem.
func (p *Problems) Add(key string, err error) {
	p.Total++
	if len(p.First) < maxProblems {
		p.First = append(p.First, Problem{Key: key, Err: err})
	}
}

// Merge counts the problems of o as well.
func (p *Problems) Merge(o Problems) {
	p.Total += o.Total
	room := min(maxProblems-len(p.First), len(o.First))
	p.First = append(p.First, o.First[:room]...)
}
