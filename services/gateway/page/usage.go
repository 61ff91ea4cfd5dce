package page

import (
	"fmt"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"

	"github.com/backmon/backmon/pkg/backup"
)

// usage is how much of its quota a disk holds.
type usage struct {
	Bytes, Quota int64
	Over         bool
}

// newUsage returns nil for a disk without a quota.
func newUsage(t *backmonv1.DiskTotals) *usage {
	if t.GetQuotaBytes() <= 0 {
		return nil
	}
	return &usage{Bytes: t.GetBytes(), Quota: t.GetQuotaBytes(), Over: t.GetBytes() > t.GetQuotaBytes()}
}

// Percent is the share that is used, which may be over 100.
func (u usage) Percent() int64 { return int64(float64(u.Bytes) / float64(u.Quota) * 100) }

// Text says it in words.
func (u usage) Text() string {
	return fmt.Sprintf("%s of %s used, %d %%", backup.FormatSize(u.Bytes), backup.FormatSize(u.Quota), u.Percent())
}

// Shown is the used part of the quota, for a meter.
func (u usage) Shown() int64 { return min(u.Bytes, u.Quota) }

// High is from where on a meter shows that little is left.
func (u usage) High() int64 { return u.Quota / 10 * 9 }
