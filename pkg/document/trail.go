package document

import (
	"fmt"
	"strconv"
	"strings"
)

// trail is how a Node was reached. It becomes text only where a problem needs
// it: spelled out for every node, paths would be larger than the document.
type trail struct {
	above *trail
	key   string
	index int // if not negative, this is the item of a list, not of a map
}

func (t *trail) child(key string) *trail { return &trail{above: t, key: key, index: -1} }

func (t *trail) item(index int) *trail { return &trail{above: t, index: index} }

// String returns the path as Node.Path describes it.
func (t *trail) String() string {
	var steps []string
	for ; t != nil; t = t.above {
		steps = append(steps, t.step())
	}
	var b strings.Builder
	for i := len(steps) - 1; i >= 0; i-- {
		if b.Len() > 0 && steps[i][0] != '[' {
			b.WriteByte('.')
		}
		b.WriteString(steps[i])
	}
	return b.String()
}

func (t *trail) step() string {
	switch {
	case t.index >= 0:
		return fmt.Sprintf("[%d]", t.index)
	case t.key != "" && strings.Trim(t.key, plainKey) == "":
		return t.key
	}
	return strconv.Quote(t.key)
}

// plainKey has the characters of keys that need no quotes in a path.
const plainKey = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

// maxQuoted is how much of a text is quoted in a problem, in bytes.
const maxQuoted = 100

// quote returns the text in quotes for a problem, cut if it is long.
func quote(text string) string {
	if len(text) <= maxQuoted {
		return strconv.Quote(text)
	}
	return strconv.Quote(strings.ToValidUTF8(text[:maxQuoted], "")) + "..."
}
