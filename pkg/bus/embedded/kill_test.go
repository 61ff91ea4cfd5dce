package embedded_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	"github.com/backmon/backmon/pkg/bus/embedded"
)

// Environment of the test binary when it is the server.
const (
	envStore  = "BACKMON_TEST_STORE"
	envListen = "BACKMON_TEST_LISTEN"
)

// TestMain is the server itself when it is started as one, to be killed.
func TestMain(m *testing.M) {
	if os.Getenv(envStore) == "" {
		os.Exit(m.Run())
	}
	_, err := embedded.Start(embedded.Config{StoreDir: os.Getenv(envStore), Listen: os.Getenv(envListen)}, nil)
	fmt.Println("started", err)
	select {}
}

// startProcess starts a server as a process of its own.
func startProcess(t *testing.T, config embedded.Config) *exec.Cmd {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), envStore+"="+config.StoreDir, envListen+"="+config.Listen)
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(command) })
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil || line != "started <nil>\n" {
		t.Fatalf("server says %q, %v", line, err)
	}
	return command
}

// kill ends the server as a power cut would, as far as the process goes.
func kill(command *exec.Cmd) {
	_ = command.Process.Kill()
	_ = command.Wait()
}

// What was acknowledged survives a kill in the midst of writing, and a dead
// process keeps no lock.
func TestKill(t *testing.T) {
	config := embedded.Config{StoreDir: t.TempDir(), Listen: bustest.FreeAddress(t)}
	command := startProcess(t, config)
	client, err := embedded.ClientConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	b := connect(t, client, bus.Options{})
	provision(t, b)
	acked := make(chan string, 10000)
	enough, done := make(chan struct{}), make(chan struct{})
	go write(b, acked, enough, done)
	<-enough
	kill(command)
	startProcess(t, config)
	<-done
	close(acked)
	count := 0
	for disk := range acked {
		if count++; !isStored(t, b, disk) {
			t.Errorf("%q was acknowledged and is lost", disk)
		}
	}
	if count < 300 {
		t.Errorf("%d statuses acknowledged", count)
	}
}

// write publishes 300 statuses, and says when 100 are through. It goes on while
// the server is away.
func write(b *bus.Bus, acked chan<- string, enough, done chan<- struct{}) {
	defer close(done)
	for i := range 300 {
		disk := fmt.Sprint("disk-", i)
		outcome, err := b.PublishDiskStatus(patientAfter(), diskStatus(disk), bus.Revision{})
		if err == nil && outcome == bus.Stored {
			acked <- disk
		}
		if i == 100 {
			close(enough)
		}
	}
}
