package page

import (
	"net/http"
	"strings"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/link"
)

// evaluate asks for the evaluation of a disk, and goes back to where the button was.
func (p *Page) evaluate(w http.ResponseWriter, r *http.Request) {
	id, ok := p.knownDisk(w, r)
	if !ok {
		return
	}
	found := &backmonv1.DiskFound{
		Environment: id.Environment, Disk: id.Disk, Trigger: backmonv1.Trigger_TRIGGER_REQUEST, RequestedAt: timestamppb.Now(),
	}
	outcome, err := p.bus.PublishDiskFound(r.Context(), found, "")
	if err != nil {
		p.busFailed(w, r, "ask for an evaluation", err)
		return
	}
	what := "evaluate"
	if outcome != bus.Stored {
		what = "evaluate-queued"
	}
	done(w, r, comeFrom(r, link.Disk(id.Environment, id.Disk)), what)
}

// comeFrom is the page of a series or disk that a form was sent from, else otherwise.
func comeFrom(r *http.Request, otherwise string) string {
	if back := r.PostFormValue("back"); strings.HasPrefix(back, "/series/") || strings.HasPrefix(back, "/disks/") {
		return back
	}
	return otherwise
}
