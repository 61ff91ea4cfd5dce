package api

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/pkg/view"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/history"
)

// How much of the past a series is shown with, and at most.
const (
	defaultSlots   = 30
	maxSlots       = 100
	defaultHistory = 50
	maxHistory     = 500
)

// seriesAnswer is one series with its past.
type seriesAnswer struct {
	view.SeriesDetail
	links
	Sequence uint64     `json:"sequence"`
	StoredAt *time.Time `json:"stored_at,omitempty"`
	Badge    string     `json:"badge_url"`
	Download string     `json:"download_url,omitempty"`
	// Slots are the last slots, the oldest first.
	Slots []view.Slot `json:"slots"`
	// SlotsError says why there are none where there should be.
	SlotsError string `json:"slots_error,omitempty"`
	// History are earlier statuses, the newest first.
	History []historyItem `json:"history"`
	// Unreadable counts the statuses of the past that this version can't read.
	Unreadable int `json:"history_unreadable,omitempty"`
}

// historyItem is an earlier status in a few words.
type historyItem struct {
	EvaluatedAt *time.Time `json:"evaluated_at"`
	State       string     `json:"state"`
	Severity    string     `json:"severity"`
	Flags       []string   `json:"flags"`
	Reasons     []string   `json:"reasons"`
	Files       int        `json:"files"`
	Bytes       int64      `json:"bytes"`
	LatestTime  *time.Time `json:"latest_time,omitempty"`
	LatestSize  *int64     `json:"latest_size,omitempty"`
}

// series answers with one series in full.
func (a *API) series(w http.ResponseWriter, r *request) error {
	slots, items, err := pastOf(r)
	if err != nil {
		return err
	}
	entry, err := a.entry(r)
	if err != nil {
		return err
	}
	answer := a.newSeriesAnswer(entry)
	if slots+items > 0 {
		past, err := a.past.Read(r.Context(), entry.Status.Series)
		if err != nil {
			return fmt.Errorf("%w; ask with slots=0&history=0 for the last status alone", err)
		}
		answer.addPast(past, items)
		disk, _ := a.board.Disk(board.DiskID{Environment: entry.Status.Series.Environment, Disk: entry.Status.Series.Disk})
		judged, err := history.Slots(past, entry, disk, time.Now(), slots)
		if err != nil {
			answer.SlotsError = err.Error()
		}
		answer.Slots = view.NewSlots(judged)
	}
	return writeJSON(w, http.StatusOK, answer)
}

func (a *API) newSeriesAnswer(e *board.Entry) *seriesAnswer {
	id := e.Status.Series
	answer := &seriesAnswer{
		SeriesDetail: view.NewSeriesDetail(&e.Status), links: links{seriesPathOf(id), link.Series(id)},
		Sequence: e.Sequence, StoredAt: view.Instant(e.Stored), Badge: seriesPathOf(id) + "/badge.svg",
		Slots: []view.Slot{}, History: []historyItem{},
	}
	if a.downloads.Enabled() && e.Status.Files.Latest != nil {
		answer.Download = seriesPathOf(id) + "/download"
	}
	return answer
}

func (s *seriesAnswer) addPast(past history.Past, most int) {
	s.Unreadable = past.Unreadable
	for _, status := range slices.Backward(past.Statuses) {
		if len(s.History) == most {
			break
		}
		s.History = append(s.History, newHistoryItem(&status))
	}
}

func newHistoryItem(s *backup.Status) historyItem {
	short := view.NewSeries(s)
	item := historyItem{
		EvaluatedAt: short.EvaluatedAt, State: short.State, Severity: short.Severity, Flags: short.Flags, Reasons: short.Reasons,
		Files: short.Files, Bytes: short.Bytes,
	}
	if short.Latest != nil {
		item.LatestTime, item.LatestSize = short.Latest.Time, &short.Latest.Size
	}
	return item
}

// pastOf reads how much of the past is asked for.
func pastOf(r *request) (slots, items int, err error) {
	p, err := r.parameters()
	if err != nil {
		return 0, 0, err
	}
	slots = p.number("slots", defaultSlots, maxSlots)
	items = p.number("history", defaultHistory, maxHistory)
	_, err = p.query()
	return slots, items, err
}

// download hands out the newest file of a series.
func (a *API) download(w http.ResponseWriter, r *request) error {
	entry, err := a.entry(r)
	if err != nil {
		return err
	}
	a.downloads.ServeSeries(w, r.Request, entry.Status.Series)
	return nil
}
