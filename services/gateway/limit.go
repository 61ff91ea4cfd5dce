package gateway

import (
	"net"
	"net/http"
	"sync"
)

// maxConnections is how many clients may be connected. Further ones wait until the
// system turns them away: each connection costs memory even when it does nothing.
const maxConnections = 2048

// limitedListener accepts a connection only when there are few enough. The server
// tells it of those that ended: a wrapped connection could not do all that the
// system's own can, such as sending a file by itself.
type limitedListener struct {
	net.Listener
	places chan struct{}
	closed chan struct{}
	once   sync.Once
}

func limit(l net.Listener, most int) *limitedListener {
	return &limitedListener{Listener: l, places: make(chan struct{}, most), closed: make(chan struct{})}
}

// Accept waits for a place and a client.
func (l *limitedListener) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.places
	}
	return conn, err
}

// connState is for http.Server: it frees the places of connections that ended.
func (l *limitedListener) connState(_ net.Conn, state http.ConnState) {
	if state == http.StateClosed || state == http.StateHijacked {
		<-l.places
	}
}

// Close ends the waiting, too.
func (l *limitedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}
