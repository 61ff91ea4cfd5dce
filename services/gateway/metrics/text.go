package metrics

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"github.com/backmon/backmon/pkg/prose"
)

// text writes families in Prometheus' text format.
type text struct {
	out    *bufio.Writer
	name   string
	header string // of the family, until its first sample
	line   []byte // the sample that is being made
}

func newText(w io.Writer) *text { return &text{out: bufio.NewWriterSize(w, 64<<10)} }

// begin begins a family. One without a sample is not there at all.
func (t *text) begin(f *family) {
	t.name = f.name
	t.header = "# HELP " + f.name + " " + f.help + "\n# TYPE " + f.name + " gauge\n"
}

// sample writes a sample. Its labels come in parts, as escaped text with commas
// between; those may be empty.
func (t *text) sample(value float64, labels, more, most string) {
	t.line = append(t.line[:0], t.header...)
	t.header = ""
	t.line = append(t.line, t.name...)
	if labels != "" {
		t.line = append(t.line, '{')
		t.line = append(t.line, labels...)
		t.line = append(t.line, more...)
		t.line = append(t.line, most...)
		t.line = append(t.line, '}')
	}
	t.line = append(t.line, ' ')
	t.line = strconv.AppendFloat(t.line, value, 'g', -1, 64)
	t.line = append(t.line, '\n')
	_, _ = t.out.Write(t.line) // a bufio.Writer keeps its error for Flush
}

// pair is a label as text.
func pair(name, value string) string {
	return name + `="` + escape.Replace(prose.Label(value)) + `"`
}

var escape = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
