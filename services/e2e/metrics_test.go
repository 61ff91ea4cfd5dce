package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// get asks backmon's HTTP server.
func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(data)
}

// ready waits until the server says that its data is complete.
func ready(t *testing.T, address string) {
	t.Helper()
	eventually(t, "/readyz", func() bool {
		status, _ := get(t, address+"/readyz")
		return status == http.StatusOK
	})
}

// metrics is one scrape.
type metrics string

func scrape(t *testing.T, address string) metrics {
	t.Helper()
	status, body := get(t, address+"/metrics")
	if status != http.StatusOK {
		t.Fatalf("/metrics: status %d\n%s", status, body)
	}
	return metrics(body)
}

// value returns the first sample of that name with these labels; pairs are names
// and values.
func (m metrics) value(name string, pairs ...string) (value float64, found bool) {
	var parts []string
	for i := 0; i < len(pairs); i += 2 {
		parts = append(parts, fmt.Sprintf("%s=%q", pairs[i], pairs[i+1]))
	}
	for line := range strings.Lines(string(m)) {
		if !strings.HasPrefix(line, name+"{") || !containsAll(line, parts) {
			continue
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(line[strings.LastIndexByte(line, ' '):]), 64)
		return value, err == nil
	}
	return 0, false
}

// metric waits until a sample has a value.
func metric(t *testing.T, address string, want float64, name string, pairs ...string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s%q to be %v", name, pairs, want), func() bool {
		got, found := scrape(t, address).value(name, pairs...)
		return found && got == want
	})
}

// noMetric waits until there is no sample with the labels.
func noMetric(t *testing.T, address, name string, pairs ...string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s%q to end", name, pairs), func() bool {
		_, found := scrape(t, address).value(name, pairs...)
		return !found
	})
}
