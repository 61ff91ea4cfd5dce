package api

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"html"
	"net/http"
	"strings"
	"unicode"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/prose"
)

// maxBadgeText is how many characters each half of a badge has at most.
const maxBadgeText = 60

// badgeAge is how long a badge may be shown without asking again, in seconds.
const badgeAge = "60"

// badge is a small picture of a status: a label, and what holds.
type badge struct {
	label, text string
	severity    backup.Severity
}

// colour is the background of the right half; white text on it has a contrast of
// at least 4.5 to 1.
func (b badge) colour() string {
	switch b.severity {
	case backup.SeverityOK:
		return "#1a7f37"
	case backup.SeverityWarning:
		return "#9a6700"
	case backup.SeverityCritical:
		return "#b3261e"
	default:
		return "#57606a"
	}
}

// seriesBadge answers with a series' badge.
func (a *API) seriesBadge(w http.ResponseWriter, r *request) error {
	label, err := labelOf(r)
	if err != nil {
		return err
	}
	entry, err := a.entry(r)
	if err != nil {
		return err
	}
	s := &entry.Status
	text := []string{s.State.String()}
	for _, f := range s.Flags {
		text = append(text, f.String())
	}
	return serveBadge(w, badge{cmp.Or(label, s.Series.Group), strings.Join(text, " "), s.Severity})
}

// diskBadge answers with a disk's badge: how many of its series are how bad.
func (a *API) diskBadge(w http.ResponseWriter, r *request) error {
	label, err := labelOf(r)
	if err != nil {
		return err
	}
	d, err := a.overview(r)
	if err != nil {
		return err
	}
	var text []string
	for _, severity := range []backup.Severity{backup.SeverityCritical, backup.SeverityUnknown, backup.SeverityWarning, backup.SeverityOK} {
		if n := d.Counts.Severities[severity]; n > 0 {
			text = append(text, fmt.Sprint(n, " ", severity))
		}
	}
	if d.Severity > d.Counts.Worst || len(text) == 0 { // it is the disk itself
		text = append([]string{d.Severity.String()}, text...)
	}
	return serveBadge(w, badge{cmp.Or(label, d.ID.Disk), strings.Join(text, ", "), d.Severity})
}

// labelOf reads what the left half is to say.
func labelOf(r *request) (string, error) {
	p, err := r.parameters()
	if err != nil {
		return "", err
	}
	label := p.text("label")
	_, err = p.query()
	return label, err
}

func serveBadge(w http.ResponseWriter, b badge) error {
	w.Header().Set("Cache-Control", "private, max-age="+badgeAge)
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin") // it is made to be shown elsewhere
	// A picture needs nothing from anywhere, even when it is opened by itself.
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *")
	w.Header().Del("X-Frame-Options")
	return writeBody(w, http.StatusOK, "image/svg+xml; charset=utf-8", b.svg())
}

// svg draws the badge. The text is fitted to the width that it is drawn for,
// whatever font there is.
func (b badge) svg() []byte {
	label, text := badgeText(b.label), badgeText(b.text)
	left, right := width(label), width(text)
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="20" role="img" aria-label="%s">`, left+right, escape(label+": "+text))
	fmt.Fprintf(&out, `<title>%s</title>`, escape(label+": "+text))
	fmt.Fprintf(&out, `<clipPath id="r"><rect width="%d" height="20" rx="3"/></clipPath><g clip-path="url(#r)">`, left+right)
	fmt.Fprintf(&out, `<rect width="%d" height="20" fill="#3d444d"/><rect x="%d" width="%d" height="20" fill="%s"/></g>`, left, left, right, b.colour())
	out.WriteString(`<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">`)
	for _, half := range []struct {
		x, width int
		text     string
	}{{0, left, label}, {left, right, text}} {
		fmt.Fprintf(&out, `<text x="%d" y="14" textLength="%d" lengthAdjust="spacingAndGlyphs">%s</text>`, half.x+badgePadding, half.width-2*badgePadding, escape(half.text))
	}
	out.WriteString(`</g></svg>`)
	return out.Bytes()
}

// badgeText makes a name fit for a badge: visible, not too long, never empty.
func badgeText(text string) string {
	if text = prose.Cut(prose.Clean(text), maxBadgeText); text == "" {
		return "-"
	}
	return text
}

// badgePadding is the space beside each text.
const badgePadding = 6

// width is how many pixels a text needs with its padding.
func width(text string) int {
	n := 2 * badgePadding
	for _, r := range text {
		switch {
		case strings.ContainsRune("iljtfr.,:;'|!()[] ", r):
			n += 4
		case r > unicode.MaxLatin1:
			n += 11
		default:
			n += 7
		}
	}
	return n
}

// escape makes text fit for XML, within quotes too.
func escape(text string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(text)); err != nil {
		return html.EscapeString(text) // a strings.Builder never fails
	}
	return b.String()
}
