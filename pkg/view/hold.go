package view

import (
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// Hold is what must not be purged. A name that is left out stands for all.
type Hold struct {
	ID          string     `json:"id"`
	Environment string     `json:"environment,omitempty"`
	Disk        string     `json:"disk,omitempty"`
	Directory   string     `json:"directory,omitempty"`
	File        string     `json:"file,omitempty"`
	Group       string     `json:"group,omitempty"`
	GroupBase64 []byte     `json:"group_base64,omitempty"`
	By          string     `json:"by"`
	Why         string     `json:"why"`
	Since       *time.Time `json:"since"`
	Until       *time.Time `json:"until,omitempty"`
}

// NewHold shows a hold.
func NewHold(h backup.Hold) Hold {
	return Hold{
		ID: h.ID, Environment: h.Environment, Disk: Name(h.Disk), Directory: h.Directory, File: h.File,
		Group: Name(h.Group), GroupBase64: raw(h.Group), By: h.By, Why: h.Why, Since: Instant(h.Since), Until: Instant(h.Until),
	}
}
