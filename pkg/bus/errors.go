package bus

import (
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

var (
	// ErrNotProvisioned says that a stream or durable is missing.
	ErrNotProvisioned = errors.New("not provisioned")
	// ErrForbidden says that the server refused what the user has no right to. It
	// comes to Options.OnError only: the call that was refused just times out.
	ErrForbidden = errors.New("the user lacks a right on NATS")
	// ErrServerTooOld says that the server lacks what the streams need.
	ErrServerTooOld = errors.New("too old")
	// ErrDisconnected says that there is no connection at the moment.
	ErrDisconnected = errors.New("not connected to NATS")
	// ErrClosed says that the bus was closed, or that the server refuses it for good.
	ErrClosed = errors.New("connection to NATS is closed")
)

// Error codes of the server that nats.go has no value for, or none that holds
// for all of them.
const (
	codePlaceTaken jetstream.ErrorCode = 10077
	codeWrongLast  jetstream.ErrorCode = 10071
	// Clusters answer this one as well when two writers race.
	codeWrongLastConstant jetstream.ErrorCode = 10164
	// The same message id is on its way in a cluster; whether it arrives is open.
	codeIDInProcess jetstream.ErrorCode = 10158
)

// hasCode tells whether the server answered with one of the codes.
func hasCode(err error, codes ...jetstream.ErrorCode) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode)
}

func isConflict(err error) bool {
	return hasCode(err, codeWrongLast, codeWrongLastConstant)
}

// missing says what to do about a stream or durable that is not there.
func missing(object string) error {
	return fmt.Errorf("%s is missing; run `backmon provision`: %w", object, ErrNotProvisioned)
}

// isFinal tells whether another attempt can't help.
func isFinal(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		// 5xx is a server in trouble, as one without a leader; 4xx is a refusal.
		return api.Code < 500 && api.ErrorCode != codeIDInProcess
	}
	return errors.Is(err, ErrNotProvisioned) || errors.Is(err, nats.ErrConnectionClosed) || errors.Is(err, nats.ErrBadSubject) ||
		errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrConnectionDraining)
}

// permanentError marks an error that another delivery can't heal.
type permanentError struct{ cause error }

// Permanent marks a handler's error as one that another attempt can't heal: the
// job goes to the dead letters at once. Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanentError{err}
}

// Error is the cause's text.
func (e permanentError) Error() string { return e.cause.Error() }

// Unwrap returns the cause.
func (e permanentError) Unwrap() error { return e.cause }

func isPermanent(err error) bool {
	var p permanentError
	return errors.As(err, &p)
}
