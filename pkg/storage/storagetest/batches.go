package storagetest

import (
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"time"
)

// IgnoreConditions makes a proxy's server one that knows no conditional delete, as
// MinIO: If-Match is taken off.
func IgnoreConditions(_ http.ResponseWriter, r *http.Request) bool {
	r.Header.Del("If-Match")
	return false
}

// IsBatch tells whether the request is DeleteObjects.
func IsBatch(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Query().Has("delete") }

// HonourBatches makes a proxy's server one that honours the ETag of each object of
// DeleteObjects and says that it is Amazon's, which the test server doesn't: every
// object is deleted by a request of its own, with If-Match.
func (s *Server) HonourBatches(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Set("Server", "AmazonS3")
	if !IsBatch(r) {
		return false
	}
	var batch struct{ Object []struct{ Key, ETag string } }
	if err := xml.NewDecoder(r.Body).Decode(&batch); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return true
	}
	var result deleteResult
	for _, object := range batch.Object {
		s.deleteInto(&result, strings.TrimSuffix(r.URL.Path, "/"), object.Key, object.ETag)
	}
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(result)
	return true
}

type deleteResult struct {
	XMLName xml.Name `xml:"DeleteResult"`
	Deleted []deletedKey
	Error   []refusedKey
}

type deletedKey struct {
	Key          string
	DeleteMarker bool `xml:",omitempty"`
}

type refusedKey struct{ Key, Code, Message string }

func (s *Server) deleteInto(result *deleteResult, bucket, key, etag string) {
	request, err := http.NewRequest(http.MethodDelete, s.Endpoint+bucket+"/"+escapePath(key), nil)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	request.Header.Set("If-Match", etag)
	sign(request, s.AccessKey, s.SecretKey, "", time.Now())
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	if response.StatusCode == http.StatusNoContent {
		marker := response.Header.Get("X-Amz-Delete-Marker") == "true"
		result.Deleted = append(result.Deleted, deletedKey{Key: key, DeleteMarker: marker})
		return
	}
	refused := refusedKey{Key: key}
	_ = xml.Unmarshal(body, &refused)
	refused.Key = key
	result.Error = append(result.Error, refused)
}
