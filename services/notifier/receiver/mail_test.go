package receiver_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/backmon/backmon/pkg/bus/bustest"
	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/notifier/receiver"
	"github.com/backmon/backmon/services/notifier/receiver/receivertest"
)

// secret hides a text.
func secret(text string) config.Secret { return config.Secret(text) }

// mailTo is a receiver's configuration by URL.
func mailTo(address, user, parameters string) receiver.Config {
	u := url.URL{Scheme: "smtp", Host: address, Path: "/", RawQuery: parameters}
	if name, password, ok := strings.Cut(user, ":"); ok {
		u.User = url.UserPassword(name, password)
	}
	return receiver.Config{Shoutrrr: &receiver.Shoutrrr{URLs: []config.Secret{secret(u.String())}}}
}

// parsed is a mail as a reader sees it.
func parsed(t *testing.T, data []byte) (mail.Header, string) {
	t.Helper()
	for line := range bytes.SplitSeq(data, []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n") {
			t.Errorf("a line of %d bytes: %q", len(line), line)
		}
		for _, b := range line {
			if b >= 0x80 {
				t.Errorf("a byte that is not ASCII in %q", line)
				break
			}
		}
	}
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		t.Fatal(err)
	}
	return m.Header, strings.ReplaceAll(string(body), "\r\n", "\n")
}

const fromTo = "from=backmon@example.org&to=ops@example.org"

func TestMail(t *testing.T) {
	office := receivertest.OpenPostOffice(t)
	i := late()
	i.Subject.File = "nächtlich"
	i.Reasons[0].Text = ".\n" + strings.Repeat("x", 2000)
	n := notice("5f1c-7", incident.Opened, i)
	r := open(t, mailTo(office.Address, "", fromTo+"&fromname=Bäckmon"))
	sent(t, r, n)
	sent(t, r, n)
	got := office.Taken()
	if len(got) != 2 || got[0].From != "backmon@example.org" || strings.Join(got[0].To, " ") != "ops@example.org" || got[0].TLS {
		t.Fatalf("%d mails, %+v", len(got), got)
	}
	if !bytes.Equal(got[0].Data, got[1].Data) {
		t.Error("the same notice makes different mails")
	}
	header, body := parsed(t, got[0].Data)
	decoded, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
	if err != nil || decoded != "Backup late: postgres/nächtlich (postgres/acme) on prod:db" {
		t.Errorf("subject %q, error %v", decoded, err)
	}
	from, err := header.AddressList("From")
	if err != nil || from[0].Name != "Bäckmon" || from[0].Address != "backmon@example.org" {
		t.Errorf("from %v, error %v", from, err)
	}
	for name, want := range map[string]string{
		"Message-Id": "<5f1c-7@example.org>", "To": "<ops@example.org>", "Auto-Submitted": "auto-generated", "X-Backmon-Notice": "5f1c-7",
		"Content-Type": "text/plain; charset=utf-8", "Mime-Version": "1.0", "Date": "Thu, 26 Nov 2026 03:10:00 +0000",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("header %s: %q, want %q", name, got, want)
		}
	}
	wantContains(t, body, "The backup postgres/nächtlich (postgres/acme) on prod:db", "What to do: ", "https://backmon.example.org/series/")
}

// A subject of any length and script is taken apart into lines, and together again.
func TestMailSubject(t *testing.T) {
	office := receivertest.OpenPostOffice(t)
	for _, name := range []string{strings.Repeat("日本", 30), "a\r\nBcc: victim@example.org", strings.Repeat("a", 300)} {
		i := late()
		i.Subject.Group, i.Subject.Directory = name, name
		sent(t, open(t, mailTo(office.Address, "", fromTo)), notice("n", incident.Opened, i))
		header, _ := parsed(t, office.Taken()[len(office.Taken())-1].Data)
		if decoded, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject")); err != nil || !strings.HasPrefix(decoded, "Backup late: ") || header.Get("Bcc") != "" {
			t.Errorf("subject %q, error %v", decoded, err)
		}
	}
}

func TestMailLogin(t *testing.T) {
	office := receivertest.OpenPostOffice(t, func(p *receivertest.PostOffice, _ *smtp.Server) {
		p.Logins = map[string]string{"backmon": "pass-word-1"}
	})
	n := notice("n", incident.Opened, late())
	sent(t, open(t, mailTo(office.Address, "backmon:pass-word-1", fromTo)), n)
	if got := office.Taken(); len(got) != 1 || got[0].User != "backmon" {
		t.Errorf("%+v", got)
	}
	e := refused(t, open(t, mailTo(office.Address, "backmon:wrong-word-2", fromTo)), n)
	wantContains(t, e.Error(), "535")
	wantWithout(t, e.Error(), "wrong-word-2")
	if !e.Permanent() {
		t.Error("a wrong password stays wrong")
	}
}

// withTLS gives a server a certificate.
func withTLS(t *testing.T) func(*receivertest.PostOffice, *smtp.Server) {
	t.Helper()
	certificate := serveTLS(t, nil).TLS.Certificates[0]
	return func(_ *receivertest.PostOffice, s *smtp.Server) {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
	}
}

func TestMailEncryption(t *testing.T) {
	plain, encrypted := receivertest.OpenPostOffice(t), receivertest.OpenPostOffice(t, withTLS(t))
	for _, c := range []struct {
		name, address, parameters string
		want                      string // "plain", "tls", or part of the error
		permanent                 bool
	}{
		{"not offered", plain.Address, "", "plain", false},
		{"not offered, and demanded", plain.Address, "&requirestarttls=yes", "offers no encryption", true},
		{"not offered, and demanded otherwise", plain.Address, "&encryption=ExplicitTLS", "offers no encryption", true},
		{"offered", encrypted.Address, "&skiptlsverify=yes", "tls", false},
		{"offered, and not wanted", encrypted.Address, "&starttls=no", "plain", false},
		{"offered, and none", encrypted.Address, "&encryption=None", "plain", false},
		{"with a certificate of nobody", encrypted.Address, "", "certificate", false},
		{"from the beginning, to a server that is not", plain.Address, "&encryption=ImplicitTLS", "mail to", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			office := plain
			if c.address == encrypted.Address {
				office = encrypted
			}
			before := len(office.Taken())
			r := open(t, mailTo(c.address, "", fromTo+c.parameters))
			if c.want == "plain" || c.want == "tls" {
				sent(t, r, notice("n", incident.Opened, late()))
				if got := office.Taken(); len(got) != before+1 || got[before].TLS != (c.want == "tls") {
					t.Errorf("%+v", got[before:])
				}
				return
			}
			e := refused(t, r, notice("n", incident.Opened, late()))
			wantContains(t, e.Error(), c.want)
			if e.Permanent() != c.permanent || len(office.Taken()) != before {
				t.Errorf("permanent %v: %v", e.Permanent(), e)
			}
		})
	}
}

func TestMailRefused(t *testing.T) {
	for _, c := range []struct {
		name      string
		at        string
		answer    *smtp.SMTPError
		permanent bool
	}{
		{"no such user", "ops@example.org", &smtp.SMTPError{Code: 550, Message: "no such user"}, true},
		{"come back later", "ops@example.org", &smtp.SMTPError{Code: 450, Message: "greylisted"}, false},
		{"the mail itself", "", &smtp.SMTPError{Code: 554, Message: "spam"}, true},
		{"a full disk", "", &smtp.SMTPError{Code: 452, Message: "no space"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			office := receivertest.OpenPostOffice(t, func(p *receivertest.PostOffice, _ *smtp.Server) { p.Refuse[c.at] = c.answer })
			e := refused(t, open(t, mailTo(office.Address, "", fromTo)), notice("n", incident.Opened, late()))
			if e.Permanent() != c.permanent {
				t.Errorf("permanent %v: %v", e.Permanent(), e)
			}
			wantContains(t, e.Error(), c.answer.Message, office.Address)
		})
	}
}

func TestMailNobodyThere(t *testing.T) {
	e := refused(t, open(t, mailTo(bustest.FreeAddress(t), "", fromTo)), notice("n", incident.Opened, late()))
	if e.Permanent() {
		t.Errorf("permanent: %v", e)
	}
}

// A server that accepts the connection and says nothing holds nobody up.
func TestMailSilentServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := mailTo(l.Addr().String(), "", fromTo)
	c.Timeout = 100 * time.Millisecond
	e := refused(t, open(t, c), notice("n", incident.Opened, late()))
	wantContains(t, e.Error(), "no answer within")
}

// Of several recipients one that is refused keeps no other from its one mail.
func TestMailToSeveral(t *testing.T) {
	office := receivertest.OpenPostOffice(t, func(p *receivertest.PostOffice, _ *smtp.Server) {
		p.Refuse["b@example.org"] = &smtp.SMTPError{Code: 450, Message: "later"}
	})
	expanded, names := receiver.Expand([]receiver.Config{func() receiver.Config {
		c := mailTo(office.Address, "", "from=backmon@example.org&to=a@example.org,b@example.org,c+d@example.org")
		c.Name = "mail"
		return c
	}()})
	if got := strings.Join(names["mail"], " "); got != "mail mail#2 mail#3" || len(expanded) != 3 {
		t.Fatalf("names %q", got)
	}
	for round := range 2 {
		for i, c := range expanded {
			err := open(t, c).Send(t.Context(), notice("n", incident.Opened, late()))
			if (err != nil) != (i == 1) {
				t.Errorf("round %d, %q: %v", round, c.Name, err)
			}
		}
	}
	var to []string
	for _, m := range office.Taken() {
		to = append(to, m.To...)
	}
	if got := strings.Join(to, " "); got != "a@example.org c+d@example.org a@example.org c+d@example.org" {
		t.Errorf("to %s", got)
	}
}

func TestMailErrors(t *testing.T) {
	for name, parameters := range map[string]string{
		"no sender": "to=a@b.c", "no recipient": "from=a@b.c", "a bad sender": "from=me&to=a@b.c", "a bad recipient": "from=a@b.c&to=you",
		"HTML": fromTo + "&usehtml=yes", "an unknown parameter": fromTo + "&form=x", "two recipients": "from=a@b.c&to=a@b.c,b@b.c",
		"a bad encryption": fromTo + "&encryption=rot13", "a header in the sender": "from=a@b.c&fromname=x&to=" + url.QueryEscape("a@b.c>\r\nBcc: <d@e.f"),
	} {
		_, err := receiver.New(mailTo("127.0.0.1:25", "backmon:pass-word-1", parameters), nil)
		if err == nil {
			t.Errorf("%s is accepted", name)
			continue
		}
		wantWithout(t, err.Error(), "pass-word-1")
	}
}
