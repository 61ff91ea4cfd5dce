package api

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"

	"go.yaml.in/yaml/v3"
)

// about says where to look.
func (a *API) about(w http.ResponseWriter, _ *request) error {
	return writeJSON(w, http.StatusOK, map[string]string{
		"version": a.config.Version, "openapi": prefix + "/openapi.yaml", "statuses": prefix + "/statuses", "events": prefix + "/events",
	})
}

// document is the description of the API v1.
//
//go:embed openapi.yaml
var document []byte

func (a *API) openapiYAML(w http.ResponseWriter, _ *request) error {
	return writeBody(w, http.StatusOK, "application/yaml", document)
}

func (a *API) openapiJSON(w http.ResponseWriter, _ *request) error {
	var parsed any
	if err := yaml.Unmarshal(document, &parsed); err != nil {
		return fmt.Errorf("read the document: %w", err)
	}
	body, err := json.Marshal(parsed)
	if err != nil {
		return fmt.Errorf("write the document: %w", err)
	}
	return writeBody(w, http.StatusOK, "application/json", body)
}
