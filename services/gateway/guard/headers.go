package guard

import (
	"net"
	"net/http"
)

// policy is what a page may do: use what this server itself has, and nothing else.
// No style or script may stand in the page, so that no name of a file can become one.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// permissions turns off what the page never needs.
const permissions = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"

// setHeaders sets what holds for every answer. Handlers may say otherwise of theirs:
// what is the same for everyone may be cached, a badge may be shown elsewhere.
func setHeaders(h http.Header, r *http.Request) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	// Not no-referrer: with that, forms of the page send "Origin: null".
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", permissions)
	h.Set("Cache-Control", "no-store")
	if r.TLS != nil && isDefaultPort(r.Host) {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// isDefaultPort reports whether https needs no port to get here. Elsewhere the
// browser must not insist on TLS: it would for all ports of the host, and others
// may serve plain HTTP there.
func isDefaultPort(host string) bool {
	_, port, err := net.SplitHostPort(host)
	return err != nil || port == "443"
}
