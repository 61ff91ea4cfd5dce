package backup

import "time"

// periodClause is one of keep-hourly, -daily, -weekly, -monthly, -yearly.
type periodClause struct {
	name  string
	count int
	// number maps a time to its period's number: equal in one period, growing with time.
	number func(time.Time) int64
}

// periodClauses lists the five clauses with restic's periods: clock hours, days,
// ISO 8601 weeks, months and years, all in the rule's zone.
func periodClauses(k Keep) []periodClause {
	return []periodClause{
		{"keep-hourly", k.Hourly, hourNumber},
		{"keep-daily", k.Daily, dayNumber},
		{"keep-weekly", k.Weekly, weekNumber},
		{"keep-monthly", k.Monthly, monthNumber},
		{"keep-yearly", k.Yearly, func(t time.Time) int64 { return int64(t.Year()) }},
	}
}

func hourNumber(t time.Time) int64 { return dayNumber(t)*24 + int64(t.Hour()) }

func dayNumber(t time.Time) int64 {
	return monthNumber(t)*32 + int64(t.Day())
}

func weekNumber(t time.Time) int64 {
	year, week := t.ISOWeek()
	return int64(year)*54 + int64(week)
}

func monthNumber(t time.Time) int64 { return int64(t.Year())*12 + int64(t.Month()) - 1 }

// periodHolder keeps the newest file of each of the n newest periods that have one.
type periodHolder struct {
	periodClause
	zone   *time.Location
	newest map[int64]*Dated
}

func newPeriodHolder(c periodClause, zone *time.Location) *periodHolder {
	return &periodHolder{periodClause: c, zone: zone, newest: map[int64]*Dated{}}
}

func (h *periodHolder) offer(d *Dated, released []*Dated) []*Dated {
	period := h.number(d.Time.In(h.zone))
	if held, ok := h.newest[period]; ok {
		if newer(held, d) {
			return append(released, d)
		}
		h.newest[period] = d
		return append(released, held)
	}
	h.newest[period] = d
	if len(h.newest) <= h.count {
		return released
	}
	oldest := period
	for other := range h.newest {
		oldest = min(oldest, other)
	}
	released = append(released, h.newest[oldest])
	delete(h.newest, oldest)
	return released
}
