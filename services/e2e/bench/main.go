// Command bench measures the whole evaluation of a large bucket: it serves one
// that is computed, not stored, runs the backmon binary on it as a process of its
// own, and prints objects per second, CPU time per object, peak memory and
// requests. Compare figures of one run only: machines differ, and so does their day.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// configuration is what backmon is run with.
const configuration = `environments:
  bench:
    s3:
      endpoint: %s
      access_key_id: bench
      secret_access_key: bench
      region: us-east-1
      force_path_style: true
`

func main() {
	binary := flag.String("backmon", "bin/backmon", "the binary to measure")
	endpoint := flag.String("endpoint", "", "another S3 server to use, which must have a bucket named big; its latency is its own")
	runs := flag.Int("runs", 3, "runs of each kind; the median is printed")
	shape := bucket{}
	flag.IntVar(&shape.clients, "clients", 1000, "series of the bucket")
	flag.IntVar(&shape.days, "days", 900, "files of each series")
	flag.IntVar(&shape.logs, "logs", 100_000, "files that no rule matches")
	serveOnly := flag.Bool("serve", false, "only serve the bucket and print its address: what bench starts for itself")
	latency := flag.Duration("latency", 0, "with -serve: the latency of a request")
	flag.Parse()
	if *serveOnly {
		if err := serve(shape, *latency); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(*binary, *endpoint, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(binary, endpoint string, runs int) error {
	dir, err := os.MkdirTemp("", "backmon-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	fmt.Println("| latency of a request | objects | wall s | objects/s | CPU ns/object | peak MiB | requests |")
	fmt.Println("|---|---|---|---|---|---|---|")
	latencies := []time.Duration{0, 30 * time.Millisecond}
	if endpoint != "" {
		latencies = latencies[:1]
	}
	for _, latency := range latencies {
		address := endpoint
		if address == "" {
			stop, own, err := startServer(latency)
			if err != nil {
				return err
			}
			defer stop()
			address = own
		}
		file := filepath.Join(dir, "config.yaml")
		if err := os.WriteFile(file, fmt.Appendf(nil, configuration, address), 0o600); err != nil {
			return err
		}
		if err := measure(binary, file, latency, runs); err != nil {
			return err
		}
	}
	return nil
}

// serve answers on a free port until it is killed.
func serve(shape bucket, latency time.Duration) error {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + listener.Addr().String())
	server := &http.Server{Handler: newHandler(shape, latency), ReadHeaderTimeout: time.Minute}
	return server.Serve(listener)
}

// startServer runs this program with -serve. It is a process of its own, as a
// measured process' peak memory counts that of the one that started it.
func startServer(latency time.Duration) (stop func(), address string, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	command := exec.Command(self, append(os.Args[1:], "-serve", "-latency", latency.String())...)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := command.Start(); err != nil {
		return nil, "", err
	}
	stop = func() { _ = command.Process.Kill(); _ = command.Wait() }
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return nil, "", fmt.Errorf("start the server: %w", err)
	}
	return stop, strings.TrimSpace(line), nil
}

// figures are what one run took.
type figures struct {
	objects, requests int64
	wall, cpu         time.Duration
	peak              int64 // bytes
}

func measure(binary, config string, latency time.Duration, runs int) error {
	var all []figures
	for range runs {
		f, err := once(binary, config)
		if err != nil {
			return err
		}
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b figures) int { return int(a.wall - b.wall) })
	m := all[len(all)/2]
	fmt.Printf("| %s | %d | %.2f | %.0f | %.0f | %.0f | %d |\n", latency, m.objects, m.wall.Seconds(),
		float64(m.objects)/m.wall.Seconds(), float64(m.cpu.Nanoseconds())/float64(m.objects), float64(m.peak)/(1<<20), m.requests)
	return nil
}

// once evaluates the bucket in a process of its own.
func once(binary, config string) (figures, error) {
	command := exec.Command(binary, "check", "big", "--config", config, "-o", "json")
	command.Stderr = os.Stderr
	began := time.Now()
	out, err := command.Output()
	wall := time.Since(began)
	if err != nil && command.ProcessState.ExitCode() > 2 {
		return figures{}, fmt.Errorf("run %s: %w", binary, err)
	}
	var report struct {
		Disks []struct {
			Files    int64  `json:"files"`
			Requests int64  `json:"requests"`
			Error    string `json:"error"`
		} `json:"disks"`
	}
	if err := json.Unmarshal(out, &report); err != nil || len(report.Disks) != 1 || report.Disks[0].Error != "" {
		return figures{}, fmt.Errorf("the bucket could not be evaluated: %s", out[:min(len(out), 500)])
	}
	state := command.ProcessState
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return figures{}, fmt.Errorf("this system does not tell a process' memory")
	}
	return figures{
		objects: report.Disks[0].Files, requests: report.Disks[0].Requests, wall: wall,
		cpu: state.UserTime() + state.SystemTime(), peak: usage.Maxrss << 10,
	}, nil
}
