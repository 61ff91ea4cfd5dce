package receivertest

import (
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Letter is a mail that a server has taken.
type Letter struct {
	From string
	To   []string
	User string // who logged in
	TLS  bool
	Data []byte
}

// PostOffice is a real server of SMTP. Its fields may be set until it is open.
type PostOffice struct {
	Address string
	// Refuse is what it says to a recipient, or to the mail itself for "".
	Refuse map[string]error
	// Logins are users with their passwords; nil when nobody has to log in.
	Logins map[string]string
	// Hear is called with each mail that was taken.
	Hear func(Letter)

	mu    sync.Mutex
	taken []Letter
}

// OpenPostOffice starts a server as the edits have it, until the test is over.
func OpenPostOffice(t testing.TB, edits ...func(*PostOffice, *smtp.Server)) *PostOffice {
	t.Helper()
	p := &PostOffice{Refuse: map[string]error{}}
	s := smtp.NewServer(p)
	s.Domain, s.AllowInsecureAuth, s.ReadTimeout = "mail.example.org", true, 10*time.Second
	for _, e := range edits {
		e(p, s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.Address = l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		_ = s.Close()
		<-served
	})
	return p
}

// Taken returns the mails so far.
func (p *PostOffice) Taken() []Letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.taken)
}

// NewSession begins a conversation, for package smtp.
func (p *PostOffice) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, encrypted := c.TLSConnectionState()
	return &visit{office: p, letter: Letter{TLS: encrypted}}, nil
}

// visit is a conversation.
type visit struct {
	office *PostOffice
	letter Letter
}

func (v *visit) AuthMechanisms() []string {
	if v.office.Logins == nil {
		return nil
	}
	return []string{sasl.Plain}
}

func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if v.office.Logins[username] != password {
			return smtp.ErrAuthFailed
		}
		v.letter.User = username
		return nil
	}), nil
}

func (v *visit) Mail(from string, _ *smtp.MailOptions) error {
	if v.office.Logins != nil && v.letter.User == "" {
		return smtp.ErrAuthRequired
	}
	v.letter.From = from
	return nil
}

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.letter.To = append(v.letter.To, to)
	return v.office.Refuse[to]
}

func (v *visit) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := v.office.Refuse[""]; err != nil {
		return err
	}
	v.letter.Data = data
	v.office.take(v.letter)
	return nil
}

func (p *PostOffice) take(l Letter) {
	p.mu.Lock()
	p.taken = append(p.taken, l)
	p.mu.Unlock()
	if p.Hear != nil {
		p.Hear(l)
	}
}

func (v *visit) Reset() { v.letter = Letter{TLS: v.letter.TLS, User: v.letter.User} }

func (v *visit) Logout() error { return nil }
