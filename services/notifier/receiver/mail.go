package receiver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"net/url"
	"os"
	"strconv"
	"time"

	shoutrrr "github.com/nicholas-fedor/shoutrrr/pkg/services/email/smtp"

	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/services/notifier/message"
)

// mailbox is a receiver of mail. Its URL is shoutrrr's, the sending is not: mails get
// an id by which the second copy of one is known, and headers that are encoded.
type mailbox struct {
	name    string
	from    mail.Address
	to      mail.Address
	server  shoutrrr.Config
	timeout time.Duration
	writer  *message.Writer
	secrets redactor
}

func newMail(c Config, w *message.Writer, u *url.URL) (Receiver, error) {
	secret, _ := u.User.Password()
	secrets := newRedactor(secret)
	service := &shoutrrr.Service{}
	if err := service.Initialize(u, nil); err != nil {
		return nil, fmt.Errorf("smtp: %s", newRedactor(u.String(), secret).clean(err.Error()))
	}
	server := *service.Config
	server.FixEmailTags()
	from, errFrom := mail.ParseAddress(server.FromAddress)
	to, errTo := mail.ParseAddress(server.ToAddresses[0])
	switch {
	case errFrom != nil:
		return nil, fmt.Errorf("smtp: from is no address of mail: %w", errFrom)
	case errTo != nil:
		return nil, fmt.Errorf("smtp: to is no address of mail: %w", errTo)
	case server.UseHTML:
		return nil, errors.New("smtp: usehtml: messages are plain text; leave it away")
	case server.Host == "":
		return nil, errors.New("smtp: the host is missing")
	}
	if server.FromName != "" {
		from.Name = server.FromName
	}
	return &mailbox{c.Name, *from, *to, server, c.Timeout, w, secrets}, nil
}

// Name is that of the configuration.
func (m *mailbox) Name() string { return m.name }

// Send hands the mail to the server. What happens to the connection after the
// server took it does not count.
func (m *mailbox) Send(ctx context.Context, n incident.Notice) error {
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	what := "mail to " + net.JoinHostPort(m.server.Host, strconv.Itoa(int(m.server.Port)))
	connection, err := m.dial(ctx)
	if err != nil {
		return m.failure(ctx, what, err)
	}
	defer connection.Close()
	stop := context.AfterFunc(ctx, func() { _ = connection.Close() }) // ends what waits for it
	defer stop()
	if err := m.talk(connection, letter(n, m.writer.Write(n), m.from, m.to)); err != nil {
		return m.failure(ctx, what, err)
	}
	return nil
}

// implicit reports whether the connection is encrypted from its beginning.
func (m *mailbox) implicit() bool {
	return m.server.Encryption == shoutrrr.EncImplicitTLS || m.server.Encryption == shoutrrr.EncAuto && m.server.Port == shoutrrr.ImplicitTLSPort
}

func (m *mailbox) encryption() *tls.Config {
	return &tls.Config{ServerName: m.server.Host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: m.server.SkipTLSVerify} //nolint:gosec // if the URL asks for it
}

func (m *mailbox) dial(ctx context.Context) (net.Conn, error) {
	address := net.JoinHostPort(m.server.Host, strconv.Itoa(int(m.server.Port)))
	if m.implicit() {
		return (&tls.Dialer{Config: m.encryption()}).DialContext(ctx, "tcp", address)
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", address)
}

// talk speaks SMTP until the server has taken the mail.
func (m *mailbox) talk(connection net.Conn, letter []byte) error {
	client, err := smtp.NewClient(connection, m.server.Host)
	if err != nil {
		return err
	}
	if err := client.Hello(m.hello()); err != nil {
		return err
	}
	if err := m.secure(client); err != nil {
		return err
	}
	if err := m.login(client); err != nil {
		return err
	}
	if err := client.Mail(m.from.Address); err != nil {
		return err
	}
	if err := client.Rcpt(m.to.Address); err != nil {
		return err
	}
	body, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := body.Write(letter); err != nil {
		return err
	}
	if err := body.Close(); err != nil {
		return err
	}
	_ = client.Quit() // it has the mail
	return nil
}

// hello is how the client calls itself.
func (m *mailbox) hello() string {
	if m.server.ClientHost != "auto" {
		return m.server.ClientHost
	}
	if name, err := os.Hostname(); err == nil {
		return name
	}
	return "localhost"
}

// errUnencrypted says that a demand of the URL can't be met.
var errUnencrypted = errors.New("the server offers no encryption (STARTTLS), which the URL demands")

// secure encrypts a connection that is not, as far as the URL and the server want it.
func (m *mailbox) secure(client *smtp.Client) error {
	if m.implicit() || m.server.Encryption == shoutrrr.EncNone || !m.server.UseStartTLS {
		return nil
	}
	offered, _ := client.Extension("STARTTLS")
	if !offered && (m.server.RequireStartTLS || m.server.Encryption == shoutrrr.EncExplicitTLS) {
		return errUnencrypted
	}
	if !offered {
		return nil
	}
	return client.StartTLS(m.encryption())
}

func (m *mailbox) login(client *smtp.Client) error {
	var auth smtp.Auth
	switch m.server.Auth {
	case shoutrrr.AuthTypes.None:
		return nil
	case shoutrrr.AuthTypes.CRAMMD5:
		auth = smtp.CRAMMD5Auth(m.server.Username, m.server.Password)
	case shoutrrr.AuthTypes.OAuth2:
		auth = shoutrrr.OAuth2Auth(m.server.Username, m.server.Password)
	default:
		auth = smtp.PlainAuth("", m.server.Username, m.server.Password, m.server.Host)
	}
	return client.Auth(auth)
}

// failure tells an answer of the server from a broken connection.
func (m *mailbox) failure(ctx context.Context, what string, err error) error {
	var answer *textproto.Error
	switch {
	case errors.As(err, &answer) && answer.Code >= 500:
		return permanent("%s: %s", what, m.secrets.clean(answer.Error()))
	case errors.Is(err, errUnencrypted), err.Error() == "unencrypted connection": // PlainAuth would give the password away
		return permanent("%s: %v", what, err)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return temporary("%s: no answer within %s", what, prose.Duration(m.timeout))
	default:
		return temporary("%s: %s", what, m.secrets.clean(err.Error()))
	}
}
