package config

import (
	"fmt"
	"path"
	"strings"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

// Environment is one account of buckets or one local folder of disks. Either S3 or
// Path is set.
type Environment struct {
	Name string
	// Path is the local disk; empty for S3.
	Path string
	// S3 is the account whose buckets are the disks; nil for a local one.
	S3    *S3
	Disks Disks
	// Definitions is the key of the definitions file in each disk.
	Definitions string
}

// S3 says how an account of buckets is reached.
type S3 struct {
	AccessKeyID     string // empty: the credentials that the AWS SDK finds by itself
	SecretAccessKey Secret
	Token           Secret // of temporary credentials
	AssumeRoleARN   string // role to take on with these credentials
	Region          string
	Endpoint        string // URL or host:port; empty: Amazon's
	ForcePathStyle  bool   // endpoint/bucket/key instead of bucket.endpoint/key
	Insecure        bool   // http where the endpoint names no scheme
	TLSSkipVerify   bool   // any certificate will do
	CAFile          string // authorities to trust beside the system's, in PEM; empty: none
	// AutoDiscoverDisks says that all buckets that can be listed are candidates.
	// Else only those are that Disks names in full.
	AutoDiscoverDisks bool
}

const (
	keyPath  = "path"
	keyLocal = "local"
	keyS3    = "s3"
)

// s3Keys lists the keys of an account.
func s3Keys() []string {
	return []string{
		"access_key_id", "access_key", "secret_access_key", "secret_key", "token", "assume_role_arn",
		"region", "endpoint", "force_path_style", "insecure", "tls_skip_verify", "ca_file", "auto_discover_disks",
	}
}

func readEnvironments(node document.Node) []Environment {
	keys := node.Keys()
	if len(keys) == 0 && !node.HasErrors() {
		node.Problem(backup.Error, "there is no environment", `name at least one under the key "environments"`)
	}
	environments := make([]Environment, len(keys))
	for i, key := range keys {
		if strings.TrimSpace(key.String()) == "" {
			key.Problem(backup.Error, "the name of an environment is empty", "")
		}
		environments[i] = readEnvironment(key.String(), node.Get(key.String()))
	}
	return environments
}

func readEnvironment(name string, node document.Node) Environment {
	e := Environment{Name: name, Definitions: DefaultDefinitions}
	known := append([]string{keyPath, keyLocal, keyS3, "disks", "definitions"}, s3Keys()...)
	if !node.Map(backup.Error, known...) && node.Exists() {
		return e
	}
	if definitions := node.Get("definitions"); definitions.Exists() {
		e.Definitions = readKey(definitions)
	}
	e.Disks = readDisks(node.Get("disks"))
	e.readStorage(node)
	return e
}

// readStorage finds out which kind of storage is described, and reads it.
func (e *Environment) readStorage(node document.Node) {
	given := givenKeys(node)
	direct := false
	for _, key := range s3Keys() {
		direct = direct || given[key]
	}
	remote, local := given[keyS3] || direct, given[keyPath] || given[keyLocal]
	switch {
	case remote && local:
		node.Problem(backup.Error, "both a local path and S3 are given", "make two environments of them")
	case remote:
		e.S3 = readS3(node)
		checkDiscovery(node, e.S3, e.Disks)
	case local:
		e.Path = readPath(node)
	default:
		node.Problem(backup.Error, fmt.Sprintf("environment %q says neither where its files are nor which account to use", e.Name), `give "path" or "s3"`)
	}
}

// givenKeys lists the keys of a map, those without value included.
func givenKeys(node document.Node) map[string]bool {
	given := map[string]bool{}
	if node.IsMap() {
		for _, key := range node.Keys() {
			given[key.String()] = true
		}
	}
	return given
}

func readPath(node document.Node) string {
	direct, nested := node.Get(keyPath), node.Get(keyLocal)
	nested.Map(backup.Error, keyPath)
	if direct.Exists() && nested.Exists() {
		nested.Problem(backup.Error, "path is given twice", `remove "local"`)
		return ""
	}
	if nested.Exists() {
		direct = nested.Get(keyPath)
	}
	return required(direct, keyPath)
}

// readKey reads the key of a file in a disk.
func readKey(node document.Node) string {
	key := required(node, "definitions")
	if key != "" && (path.Clean(key) != key || strings.HasPrefix(key, "/") || key == "." || key == ".." || strings.HasPrefix(key, "../")) {
		node.Problem(backup.Error, fmt.Sprintf("%q is not the key of a file in a disk", node.Source()), "write it without leading slash, and without . and ..")
	}
	return key
}
