package page

import (
	"html/template"
	"strings"
	"unicode/utf8"

	"github.com/backmon/backmon/pkg/prose"
)

// name writes a name from outside as HTML: isolated, so that its direction
// changes nothing around it, and with escapes for what could not be seen.
func name(text string) template.HTML {
	return "<bdi>" + visible(text) + "</bdi>"
}

// visible writes a text as HTML that shows every byte of it. Control and format
// characters, spaces other than the common one, and bytes that are no UTF-8
// become escapes that are set apart; so does a space at either end.
func visible(text string) template.HTML {
	switch {
	case text == "":
		return `<span class="esc">(empty)</span>`
	case strings.TrimSpace(text) == text:
		return code(text)
	default:
		inner := strings.Trim(text, " ")
		left := strings.Index(text, inner)
		return spaces(left) + code(inner) + spaces(len(text)-len(inner)-left)
	}
}

// spaces are shown, as at an edge nobody could see them.
func spaces(n int) template.HTML {
	return template.HTML(strings.Repeat(`<span class="esc">\x20</span>`, n)) //nolint:gosec // it is ours
}

// code is visible for text in which spaces at the edges mean what they seem to,
// and that may be empty.
func code(text string) template.HTML {
	if prose.Clean(text) == text {
		return template.HTML(template.HTMLEscapeString(text)) //nolint:gosec // it is escaped
	}
	var b strings.Builder
	for at := 0; at < len(text); {
		_, size := utf8.DecodeRuneInString(text[at:])
		part := text[at : at+size]
		at += size
		shown := template.HTMLEscapeString(prose.Clean(part))
		if prose.Clean(part) != part {
			shown = `<span class="esc">` + shown + `</span>`
		}
		b.WriteString(shown)
	}
	return template.HTML(b.String()) //nolint:gosec // every part is escaped above
}
