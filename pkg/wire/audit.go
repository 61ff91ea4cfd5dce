package wire

import backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"

// IsPurgeResult reports whether the totals of a record are those of a run that
// deleted or tried to: they are in every chunk, and the first of the result counts.
func IsPurgeResult(m *backmonv1.FilesPurged) bool {
	return m.GetPhase() == backmonv1.PurgePhase_PURGE_PHASE_RESULT && m.GetMode() == backmonv1.PurgeMode_PURGE_MODE_ENFORCE && m.GetChunk() <= 1
}
