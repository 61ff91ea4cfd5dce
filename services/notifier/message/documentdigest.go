package message

import (
	"time"

	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/view"
)

// DocumentDigest sums up a period.
type DocumentDigest struct {
	From      time.Time            `json:"from"`
	To        time.Time            `json:"to"`
	Series    int                  `json:"series"`
	Open      int                  `json:"open"`
	Recovered int                  `json:"recovered"`
	Disks     []DocumentDigestDisk `json:"disks"`
	Bad       []view.Incident      `json:"bad"`    // that are open, the worst first; at most 20
	Closed    []view.Incident      `json:"closed"` // that ended, likewise
}

// DocumentDigestDisk sums up a disk.
type DocumentDigestDisk struct {
	Environment string `json:"environment"`
	Disk        string `json:"disk"`
	Series      int    `json:"series"`
	Open        int    `json:"open"`
	Slots       int    `json:"slots"`
	Met         int    `json:"slots_met"`
	PurgedFiles int    `json:"purged_files"`
	PurgedBytes int64  `json:"purged_bytes"`
}

func documentDigest(d *incident.Digest) *DocumentDigest {
	out := &DocumentDigest{
		From: d.From.UTC(), To: d.To.UTC(), Series: d.Series, Open: d.Open, Recovered: d.Recovered,
		Disks: []DocumentDigestDisk{}, Bad: []view.Incident{}, Closed: []view.Incident{},
	}
	for _, x := range d.Disks {
		out.Disks = append(out.Disks, DocumentDigestDisk{
			view.Name(x.Environment), view.Name(x.Disk), x.Series, x.Open, x.Slots, x.Met, x.PurgedFiles, x.PurgedBytes,
		})
	}
	for _, i := range d.Bad {
		out.Bad = append(out.Bad, view.NewIncident(i))
	}
	for _, i := range d.Closed {
		out.Closed = append(out.Closed, view.NewIncident(i))
	}
	return out
}
