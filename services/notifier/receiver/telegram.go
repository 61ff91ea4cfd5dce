package receiver

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	shoutrrr "github.com/nicholas-fedor/shoutrrr/pkg/services/chat/telegram"

	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/notifier/message"
)

// telegramAPI is where bots speak.
const telegramAPI = "https://api.telegram.org"

// telegram is a chat of Telegram. Its URL is shoutrrr's, the sending is not: there
// a message that could not be sent counts as sent.
type telegram struct {
	name   string
	config shoutrrr.Config
	client *client
	writer *message.Writer
}

func newTelegram(c Config, w *message.Writer, u *url.URL) (Receiver, error) {
	config := shoutrrr.Config{Preview: true, Notification: true}
	password, _ := u.User.Password()
	secrets := []string{u.String(), password, u.User.Username() + ":" + password}
	if err := config.SetURL(u); err != nil {
		return nil, fmt.Errorf("telegram: %s", newRedactor(secrets...).clean(err.Error()))
	}
	if config.ParseMode != shoutrrr.ParseModes.None && config.ParseMode != shoutrrr.ParseModes.HTML {
		return nil, errors.New("telegram: names of files may be no Markdown, and such messages would be lost; leave parsemode away, or take HTML")
	}
	client, err := newClient(clientConfig{timeout: c.Timeout, userAgent: c.UserAgent, secrets: secrets})
	return &telegram{c.Name, config, client, w}, err
}

// Name is that of the configuration.
func (t *telegram) Name() string { return t.name }

// telegramMessage is what the method sendMessage takes.
type telegramMessage struct {
	Chat     string `json:"chat_id"`
	Thread   int    `json:"message_thread_id,omitempty"`
	Text     string `json:"text"`
	Mode     string `json:"parse_mode"`
	NoLooks  bool   `json:"disable_web_page_preview,omitempty"`
	Silently bool   `json:"disable_notification,omitempty"`
}

// Send sends the message, with the title in bold.
func (t *telegram) Send(ctx context.Context, n incident.Notice) error {
	m := t.writer.Write(n)
	title, text := m.Title, shorten(m.Text, limitOf("telegram"))
	if t.config.ParseMode == shoutrrr.ParseModes.None {
		title, text = html.EscapeString(title), html.EscapeString(text)
	}
	chat, thread, _ := strings.Cut(t.config.Chats[0], ":")
	number, _ := strconv.Atoi(thread) // none, unless it is one
	body, err := marshal(telegramMessage{
		Chat: chat, Thread: number, Text: "<b>" + title + "</b>\n\n" + text, Mode: "HTML",
		NoLooks: !t.config.Preview, Silently: !t.config.Notification,
	})
	if err != nil {
		return permanent("notice %q: %v", n.ID, err)
	}
	return t.client.post(ctx, telegramAPI+"/bot"+t.config.Token+"/sendMessage", body, http.Header{"Content-Type": {"application/json"}})
}
