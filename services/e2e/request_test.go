package e2e_test

import (
	"testing"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// request asks for the evaluation of a disk, as a person or a program may.
func request(t *testing.T, url, environment, disk string) {
	t.Helper()
	b := bustest.Connect(t, bus.Config{URLs: []string{url}}, bus.Options{Name: "test", OnError: bustest.Log(t)})
	found := &backmonv1.DiskFound{Environment: environment, Disk: disk, Trigger: backmonv1.Trigger_TRIGGER_REQUEST}
	eventually(t, "the place in the queue", func() bool {
		outcome, err := b.PublishDiskFound(t.Context(), found, t.Name()+"/"+environment+"/"+disk)
		return err == nil && outcome == bus.Stored
	})
}
