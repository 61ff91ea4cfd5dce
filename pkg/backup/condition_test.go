package backup

import "testing"

func TestDiskConditionSeverity(t *testing.T) {
	for _, c := range []struct {
		name      string
		condition DiskCondition
		want      Severity
	}{
		{"all well", DiskCondition{}, SeverityOK},
		{"a flag", DiskCondition{Flagged: true}, SeverityWarning},
		{"a problem", DiskCondition{Problems: true}, SeverityWarning},
		{"unseen stands above warnings", DiskCondition{Unseen: true, Flagged: true, Problems: true}, SeverityUnknown},
		{"a mass deletion above all", DiskCondition{MassDelete: true, Unseen: true, Flagged: true}, SeverityCritical},
	} {
		t.Run(c.name, func(t *testing.T) { equal(t, "severity", c.condition.Severity(), c.want) })
	}
}
