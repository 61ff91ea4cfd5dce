package bus

import "context"

type traceKey struct{}

// ContextWithTraceparent returns a context whose events carry a W3C traceparent,
// as "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01". An empty one is
// not added.
func ContextWithTraceparent(ctx context.Context, traceparent string) context.Context {
	if traceparent == "" {
		return ctx
	}
	return context.WithValue(ctx, traceKey{}, traceparent)
}

// Traceparent returns the W3C traceparent of a context; empty when there is none.
func Traceparent(ctx context.Context) string {
	traceparent, _ := ctx.Value(traceKey{}).(string)
	return traceparent
}
