package api

import (
	"net/http"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/pkg/view"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/board"
)

// counts sum up some series.
type counts struct {
	Series     int            `json:"series"`
	Severity   string         `json:"severity"` // the worst
	States     map[string]int `json:"states"`
	Severities map[string]int `json:"severities"`
}

func newCounts(c board.Counts) counts {
	return counts{c.Series, c.Worst.String(), named(c.States), named(c.Severities)}
}

// diskItem is a disk in a list.
type diskItem struct {
	view.Disk
	diskExtras
}

// diskExtras are what is told of a disk besides its own status.
type diskExtras struct {
	// Severity is the worst of the disk itself and of its series.
	Severity string `json:"severity"`
	Counts   counts `json:"counts"`
	links
}

func newDiskExtras(d board.DiskOverview) diskExtras {
	return diskExtras{d.Severity.String(), newCounts(d.Counts), diskLinks(d.ID)}
}

func diskLinks(id board.DiskID) links {
	return links{diskPathOf(id), link.Disk(id.Environment, id.Disk)}
}

// statusOf is a disk's own status. One that was never evaluated has its name.
func statusOf(d board.DiskOverview) *backmonv1.DiskStatus {
	if d.Entry == nil {
		return &backmonv1.DiskStatus{Environment: d.ID.Environment, Disk: d.ID.Disk}
	}
	return d.Entry.Status
}

// disks answers with the disks that the query chooses, by name.
func (a *API) disks(w http.ResponseWriter, r *request) error {
	p, err := r.parameters()
	if err != nil {
		return err
	}
	q, err := p.query("env", "disk")
	if err == nil {
		err = a.ready()
	}
	if err != nil {
		return err
	}
	all := a.board.Overview(q)
	answer := struct {
		Disks []diskItem `json:"disks"`
	}{make([]diskItem, len(all))}
	for i, d := range all {
		answer.Disks[i] = diskItem{view.NewDisk(statusOf(d)), newDiskExtras(d)}
	}
	return writeJSON(w, http.StatusOK, answer)
}

// directoryItem is a directory of a disk.
type directoryItem struct {
	Directory string `json:"directory"`
	counts
}

// disk answers with one disk in full.
func (a *API) disk(w http.ResponseWriter, r *request) error {
	p, err := r.parameters()
	if err == nil {
		_, err = p.query()
	}
	if err != nil {
		return err
	}
	d, err := a.overview(r)
	if err != nil {
		return err
	}
	answer := struct {
		view.DiskDetail
		diskExtras
		Badge       string          `json:"badge_url"`
		Directories []directoryItem `json:"directories"`
	}{view.NewDiskDetail(statusOf(d)), newDiskExtras(d), diskPathOf(d.ID) + "/badge.svg", []directoryItem{}}
	for _, dir := range d.Directories {
		answer.Directories = append(answer.Directories, directoryItem{dir.Name, newCounts(dir.Counts)})
	}
	return writeJSON(w, http.StatusOK, answer)
}

// evaluate asks for an evaluation of a disk.
func (a *API) evaluate(w http.ResponseWriter, r *request) error {
	d, err := a.overview(r)
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	outcome, err := a.bus.PublishDiskFound(r.Context(), &backmonv1.DiskFound{
		Environment: d.ID.Environment, Disk: d.ID.Disk, Trigger: backmonv1.Trigger_TRIGGER_REQUEST, RequestedAt: timestamppb.New(now),
	}, "")
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusAccepted, struct {
		Environment string    `json:"environment"`
		Disk        string    `json:"disk"`
		RequestedAt time.Time `json:"requested_at"`
		// Coalesced says that an evaluation is queued or under way already.
		Coalesced bool   `json:"coalesced"`
		URL       string `json:"url"`
	}{d.ID.Environment, d.ID.Disk, now, outcome == bus.Coalesced, diskPathOf(d.ID)})
}
