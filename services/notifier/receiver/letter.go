package receiver

import (
	"bytes"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/notifier/message"
)

// letter writes a mail. Whatever the attempt it is the same, down to its id.
func letter(n incident.Notice, m message.Message, from, to mail.Address) []byte {
	var b bytes.Buffer
	_, domain, _ := strings.Cut(from.Address, "@")
	for _, header := range [][2]string{
		{"From", from.String()},
		{"To", to.String()},
		{"Subject", encode(m.Title)},
		{"Date", n.At.Format(time.RFC1123Z)},
		{"Message-ID", "<" + token(n.ID) + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"},
		{"X-Backmon-Notice", token(n.ID)},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", header[0], header[1])
	}
	b.WriteString("\r\n")
	body := quotedprintable.NewWriter(&b)
	_, _ = body.Write([]byte(m.Text + "\n")) // a buffer takes everything
	_ = body.Close()
	return b.Bytes()
}

// encode makes a text fit for a header, in lines of a bearable length.
func encode(text string) string {
	return strings.ReplaceAll(mime.QEncoding.Encode("utf-8", text), "?= =?", "?=\r\n =?")
}

// token keeps of an id what may stand in the id of a mail.
func token(id string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '.' || r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return r
		}
		return '-'
	}, id)
}
