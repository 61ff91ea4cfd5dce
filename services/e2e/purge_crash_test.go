package e2e_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/storage/s3"
	"github.com/backmon/backmon/pkg/storage/storagetest"
	"github.com/backmon/backmon/services/purger"
)

// TestKilledInMidBatch ends the real program by kill -9 while it deletes, and lets
// another purger, whose clock is some minutes ahead, go on.
func TestKilledInMidBatch(t *testing.T) {
	t.Parallel()
	server := storagetest.StartS3(t)
	proxy := storagetest.NewProxy(t, server)
	dir := newBucket(t, server, "bucket", keepThree)
	keys := layDays(t, dir, 103)
	nats := startNATS(t)
	s := newSettings(t, "1h")
	s.nats = nats.URL
	s.environments["cloud"] = rootAccount(server, proxy.URL)
	config := purging(t, s, object{"mode": "enforce", "max-share": "100%"})
	if code, output := backmon(t, config, "provision"); code != 0 {
		t.Fatalf("provision: exit code %d\n%s", code, output)
	}
	handler, held := slowDeletes(t, 33)
	proxy.Handle(handler)
	start(t, config, "evaluator")
	start(t, config, "discoverer")
	first := start(t, config, "purger")
	await(t, "a delete that hangs", held)
	eventually(t, "the deletes that pass", func() bool { return len(tree(t, dir)) <= 103+1-33+8 })
	first.kill()
	b := nats.bus(t)
	left := tree(t, dir)
	if _, open := verdicts(t, b); open != 1 || len(left) > 103-20 || len(left) < 50 {
		t.Fatalf("%d files left, %d runs without a result", len(left), open)
	}

	proxy.Handle(nil)
	takeOver(t, nats, server, proxy.URL)
	request(t, nats.URL, "cloud", "bucket")
	wantTree(t, dir, append(keys[100:], definitionsFile)...)
	wantBooks(t, b, keys[:100])
}

// takeOver runs a purger in this process, whose clock is ahead.
func takeOver(t *testing.T, nats *natsServer, server *storagetest.Server, endpoint string) {
	t.Helper()
	provider, err := s3.New(t.Context(), s3.Config{
		Endpoint: endpoint, Region: storagetest.Region, ForcePathStyle: true, AccessKeyID: server.AccessKey, SecretAccessKey: s3.Secret(server.SecretKey),
	})
	if err != nil {
		t.Fatal(err)
	}
	service, err := purger.New(purger.Config{
		Enforce: true, MaxShare: 1, Interval: time.Hour, MaxDefinition: 1 << 20,
		Environments: []purger.Environment{{Name: "cloud", Provider: provider, Definitions: config.DefaultDefinitions}},
		Now:          func() time.Time { return time.Now().Add(9 * time.Minute) },
	}, nats.bus(t), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := await(t, "the purger's end", ended); err != nil {
			t.Error(err)
		}
	})
}

// TestTwoPurgers work on the same disks at the same time.
func TestTwoPurgers(t *testing.T) {
	t.Parallel()
	nats := startNATS(t)
	s := newSettings(t, "1s")
	s.nats = nats.URL
	disk := newFolder(t, keepThree)
	keys := layDays(t, disk, 153)
	s.environments["office"] = folder(disk)
	config := purging(t, s, enforce)
	if code, output := backmon(t, config, "provision"); code != 0 {
		t.Fatalf("provision: exit code %d\n%s", code, output)
	}
	for _, service := range []string{"purger", "purger", "evaluator", "discoverer"} {
		start(t, config, service)
	}
	wantTree(t, disk, slices.Concat(keys[150:], []string{definitionsFile})...)
	wantBooks(t, nats.bus(t), keys[:150])
}
