package guard_test

import (
	"testing"

	"github.com/backmon/backmon/services/gateway/guard"
)

func TestUserOfContext(t *testing.T) {
	if got := guard.User(t.Context()); got != (guard.Identity{}) || got.MayWrite() {
		t.Errorf("nobody is %+v", got)
	}
	want := guard.Identity{Name: "eve", Role: guard.Operator}
	got := guard.User(guard.WithUser(t.Context(), want))
	if got != want || !got.MayWrite() || got.Role.String() != "operator" {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if reader := (guard.Identity{Name: "bob"}); reader.MayWrite() || reader.Role.String() != "reader" {
		t.Errorf("%+v may write", reader)
	}
}
