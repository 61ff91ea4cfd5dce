package e2e_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/backmon/backmon/pkg/bus/bustest"
	"github.com/backmon/backmon/pkg/bus/embedded"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

// object is a map of a YAML document; JSON is YAML.
type object = map[string]any

// settings are a config.yaml in the making.
type settings struct {
	interval     string
	environments object
	// nats is the URL of an external server; empty: one within the process.
	nats string
	// user of the external server; empty: anybody.
	user string
	// store and listen are of the server within the process.
	store, listen string
	// concurrency of each evaluator.
	concurrency int
	// more sections of the file.
	more object
}

func newSettings(t *testing.T, interval string) settings {
	return settings{
		interval: interval, environments: object{}, concurrency: 4,
		store: filepath.Join(t.TempDir(), "store"), listen: bustest.FreeAddress(t),
	}
}

// write writes the file, and returns its name.
func (s settings) write(t *testing.T) string {
	t.Helper()
	nats := object{"embedded": object{"store_dir": s.store, "listen": s.listen}}
	if s.nats != "" {
		nats = object{"url": s.nats}
	}
	if s.user != "" {
		nats["user"], nats["password"] = s.user, passwordOf(s.user)
	}
	document := object{
		"port": 0, "update_interval": s.interval, "environments": s.environments, "nats": nats,
		"evaluator": object{"concurrency": s.concurrency},
	}
	maps.Copy(document, s.more)
	data, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// url is where statuses can be watched once backmon runs.
func (s settings) url(t *testing.T) string {
	t.Helper()
	if s.nats != "" {
		return s.nats
	}
	config, err := embedded.ClientConfig(embedded.Config{StoreDir: s.store, Listen: s.listen})
	if err != nil {
		t.Fatal(err)
	}
	return config.URLs[0]
}

// folder is an environment of one local disk.
func folder(path string) object { return object{"path": path} }

// account is an environment of buckets, at an endpoint that may be a proxy.
func account(endpoint, accessKey, secretKey string, more object) object {
	s3 := object{
		"endpoint": endpoint, "region": storagetest.Region, "force_path_style": true,
		"access_key_id": accessKey, "secret_access_key": secretKey,
	}
	environment := object{"s3": s3}
	for key, value := range maps.All(more) {
		if key == "auto_discover_disks" {
			s3[key] = value
		} else {
			environment[key] = value
		}
	}
	return environment
}

// rootAccount is the environment of a server's administrator.
func rootAccount(server *storagetest.Server, endpoint string) object {
	return account(endpoint, server.AccessKey, server.SecretKey, nil)
}
