package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// writeJSON answers with a document. It is made as a whole before anything is
// sent, so that an error is still an answer.
func writeJSON(w http.ResponseWriter, status int, document any) error {
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(document); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return writeBody(w, status, "application/json", body.Bytes())
}

// writeBody answers with a body. That the client has gone by then is no error of
// ours, and there is nobody to tell.
func writeBody(w http.ResponseWriter, status int, contentType string, body []byte) error {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
	return nil
}

// named writes counts by the names of what is counted.
func named[K interface {
	comparable
	String() string
}](counts map[K]int) map[string]int {
	out := map[string]int{}
	for k, n := range counts {
		out[k.String()] = n
	}
	return out
}
