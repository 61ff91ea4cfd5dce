package e2e_test

import (
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/bus"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// TestUnknownEnvironmentIsADeadLetter asks for a disk that no evaluator can know.
func TestUnknownEnvironmentIsADeadLetter(t *testing.T) {
	t.Parallel()
	s := newSettings(t, "1h")
	server := provisioned(t, &s)
	s.environments["office"] = folder(newFolder(t, perTenant, "db/a/dump-1.sql"))
	start(t, s.write(t), "evaluator")
	request(t, server.URL, "nowhere", "disk")

	letter := deadLetter(t, server)
	if letter.GetService() != "evaluator" || !strings.Contains(letter.GetError(), `"nowhere"`) || letter.GetDeliveries() != 1 {
		t.Errorf("got %v, want the evaluator's, at once, with the reason", letter)
	}
	var found backmonv1.DiskFound
	if err := proto.Unmarshal(letter.GetPayload(), &found); err != nil || found.GetEnvironment() != "nowhere" {
		t.Errorf("the payload is %v (%v), want the event as it came", &found, err)
	}
	t.Log(letter.GetError())

	b := server.bus(t)
	eventually(t, "the place in the queue", func() bool {
		waiting, err := b.QueuedDisks(t.Context())
		return err == nil && waiting == 0
	})
}

// deadLetter waits for one.
func deadLetter(t *testing.T, server *natsServer) *backmonv1.DeadLetter {
	t.Helper()
	_, js := jetStream(t, server.URL)
	consumer, err := js.OrderedConsumer(t.Context(), bus.StreamDeadLetters, jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	msg, err := consumer.Next(jetstream.FetchMaxWait(patience))
	if err != nil {
		t.Fatalf("wait for a dead letter: %v", err)
	}
	letter := new(backmonv1.DeadLetter)
	if err := proto.Unmarshal(msg.Data(), letter); err != nil {
		t.Fatal(err)
	}
	return letter
}
