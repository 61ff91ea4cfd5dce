package receiver_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/backmon/backmon/services/notifier/receiver"
)

func TestExpand(t *testing.T) {
	for _, c := range []struct {
		name string
		urls []string
		want []string
	}{
		{"one", []string{"ntfy://h/a"}, []string{"chat ntfy://h/a"}},
		{"several", []string{"ntfy://h/a", "ntfy://h/b"}, []string{"chat ntfy://h/a", "chat#2 ntfy://h/b"}},
		{"chats of telegram", []string{"telegram://1:t@telegram?chats=a,%20b,,@c&preview=no", "ntfy://h/a"}, []string{
			"chat telegram://1:t@telegram?chats=a&preview=no", "chat#2 telegram://1:t@telegram?chats=b&preview=no",
			"chat#3 telegram://1:t@telegram?chats=%40c&preview=no", "chat#4 ntfy://h/a",
		}},
		{"in any case", []string{"telegram://1:t@telegram?Channels=a,b"}, []string{"chat telegram://1:t@telegram?Channels=a", "chat#2 telegram://1:t@telegram?Channels=b"}},
		{"rooms of matrix", []string{"matrix://u:p@h/?rooms=!a:h,%23b:h"}, []string{"chat matrix://u:p@h/?rooms=%21a%3Ah", "chat#2 matrix://u:p@h/?rooms=%23b%3Ah"}},
		{"events of ifttt", []string{"ifttt://k/?events=a,b"}, []string{"chat ifttt://k/?events=a", "chat#2 ifttt://k/?events=b"}},
		{"mail", []string{"smtp://h/?from=x@y.z&to=a@b.c,d+e@f.g"}, []string{"chat smtp://h/?from=x%40y.z&to=a%40b.c", "chat#2 smtp://h/?from=x%40y.z&to=d+e%40f.g"}},
		{"devices of pushbullet", []string{"pushbullet://t/a/b?title=x"}, []string{"chat pushbullet://t/a?title=x", "chat#2 pushbullet://t/b?title=x"}},
		{"commas elsewhere", []string{"ntfy://h/a?tags=x,y", "slack://hook:a-b-c@webhook?title=a,b"}, []string{"chat ntfy://h/a?tags=x,y", "chat#2 slack://hook:a-b-c@webhook?title=a,b"}},
		{"not readable", []string{"%zz://,"}, []string{"chat %zz://,"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := chatOf(c.urls...)
			config.Name, config.UserAgent = "chat", "agent"
			hook := receiver.Config{Name: "hook", Webhook: &receiver.Webhook{URL: "https://h"}}
			expanded, names := receiver.Expand([]receiver.Config{hook, config})
			var got, own []string
			for _, one := range expanded[1:] {
				if len(one.Shoutrrr.URLs) != 1 || one.UserAgent != "agent" {
					t.Fatalf("%+v", one)
				}
				got, own = append(got, one.Name+" "+one.Shoutrrr.URLs[0].Reveal()), append(own, one.Name)
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			if !slices.Equal(names["chat"], own) || !slices.Equal(names["hook"], []string{"hook"}) || expanded[0].Name != "hook" {
				t.Errorf("names %v", names)
			}
		})
	}
}

func TestExpandNothing(t *testing.T) {
	if expanded, names := receiver.Expand(nil); len(expanded)+len(names) > 0 {
		t.Errorf("%v %v", expanded, names)
	}
	// What is wrong stays, for New to say so.
	if expanded, _ := receiver.Expand([]receiver.Config{{Name: "a"}, chatOf()}); len(expanded) != 2 {
		t.Errorf("%v", expanded)
	}
}
