package config

import (
	"fmt"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

// PurgeMode says what the purger does.
type PurgeMode string

// The purger's modes.
const (
	PurgeOff     PurgeMode = "off"     // it does not run
	PurgeDryRun  PurgeMode = "dry-run" // all is planned, published and shown; nothing is deleted
	PurgeEnforce PurgeMode = "enforce" // it deletes
)

// DefaultMaxShare is the share of a series that one run may delete.
const DefaultMaxShare = 0.1

// Purger says whether and how expired files are deleted.
type Purger struct {
	Mode PurgeMode
	// MaxShare is the share of a series' files that one run may delete, above 0
	// and at most 1. Ten files may go in any case.
	MaxShare float64
}

func (p *Purger) read(node document.Node) {
	node.Map(backup.Error, "mode", "max-share")
	if mode := node.Get("mode"); mode.Exists() {
		p.Mode = PurgeMode(mode.OneOf(backup.Error, string(PurgeOff), string(PurgeDryRun), string(PurgeEnforce)))
	}
	share := node.Get("max-share")
	if !share.Exists() {
		return
	}
	p.MaxShare = share.Ratio()
	if (p.MaxShare <= 0 || p.MaxShare > 1) && !share.HasErrors() {
		share.Problem(backup.Error, fmt.Sprintf("the share %q is not above 0 and at most 100%%", share.Source()), "")
	}
}
