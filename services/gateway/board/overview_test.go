package board_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
)

func TestOverview(t *testing.T) {
	b := some()
	b.Apply(boardtest.DiskEvent(boardtest.Disk("db")))
	b.Apply(boardtest.DiskEvent(boardtest.UnseenDisk("alone")))
	text := func(all []board.DiskOverview) string {
		var lines []string
		for _, d := range all {
			line := fmt.Sprintf("%s:%s %v %d %v own:%v", d.ID.Environment, d.ID.Disk, d.Severity, d.Counts.Series, d.Counts.States, d.Entry != nil)
			for _, dir := range d.Directories {
				line += fmt.Sprintf(" %s(%d %v)", dir.Name, dir.Counts.Series, dir.Counts.Worst)
			}
			lines = append(lines, line)
		}
		return strings.Join(lines, "\n")
	}
	alone, db := "prod:alone unknown 0 map[] own:true", "prod:db critical 4 map[OK:1 LATE:1 MISSING:1 UNKNOWN:1] own:true postgres(4 critical)"
	files, test := "prod:files ok 1 map[OK:1] own:false home(1 ok)", "test:db ok 1 map[OK:1] own:false postgres(1 ok)"
	for _, c := range []struct {
		name  string
		query board.Query
		want  []string
	}{
		{"all", board.Query{}, []string{alone, db, files, test}},
		{"an environment", board.Query{Environment: "test"}, []string{test}},
		{"a disk, whatever else is asked", board.Query{Disk: "files", Group: "x", Text: "y"}, []string{files}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, want := text(b.Overview(c.query)), strings.Join(c.want, "\n"); got != want {
				t.Errorf("overview\n%s\nwant\n%s", got, want)
			}
		})
	}
	worst := b.Overview(board.Query{})
	slices.SortFunc(worst, board.WorstDisksFirst)
	if got, want := text(worst), strings.Join([]string{db, alone, files, test}, "\n"); got != want {
		t.Errorf("worst first\n%s\nwant\n%s", got, want)
	}
}
