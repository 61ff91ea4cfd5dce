package config

import (
	"fmt"
	"strings"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

// account finds S3 settings, which stand below "s3" or, as in older
// configurations, directly in the environment.
type account struct {
	environment, nested document.Node
}

// get returns the one place where one of the names of a setting has a value, or
// an absent node.
func (a account) get(names ...string) document.Node {
	found := document.Node{}
	given := false
	for _, from := range []document.Node{a.nested, a.environment} {
		for _, name := range names {
			node := from.Get(name)
			if given && node.Exists() {
				node.Problem(backup.Error, fmt.Sprintf("%s is given twice", names[0]), "remove one of the two")
			}
			if !given {
				found, given = node, node.Exists()
			}
		}
	}
	return found
}

func readS3(environment document.Node) *S3 {
	a := account{environment: environment, nested: environment.Get(keyS3)}
	a.nested.Map(backup.Error, s3Keys()...)
	s := &S3{
		AccessKeyID:       a.get("access_key_id", "access_key").String(),
		SecretAccessKey:   Secret(a.get("secret_access_key", "secret_key").String()),
		Token:             Secret(a.get("token").String()),
		AssumeRoleARN:     a.get("assume_role_arn").String(),
		Region:            DefaultRegion,
		Endpoint:          a.get("endpoint").String(),
		ForcePathStyle:    a.get("force_path_style").Bool(),
		Insecure:          a.get("insecure").Bool(),
		TLSSkipVerify:     a.get("tls_skip_verify").Bool(),
		CAFile:            a.get("ca_file").String(),
		AutoDiscoverDisks: true,
	}
	if region := a.get("region"); region.Exists() {
		s.Region = required(region, "region")
	}
	if discover := a.get("auto_discover_disks"); discover.Exists() {
		s.AutoDiscoverDisks = discover.Bool()
	}
	a.checkCredentials(s)
	a.checkEndpoint(s)
	return s
}

func (a account) checkCredentials(s *S3) {
	id, secret, token := a.get("access_key_id", "access_key"), a.get("secret_access_key", "secret_key"), a.get("token")
	switch {
	case s.AccessKeyID != "" && s.SecretAccessKey == "" && !secret.HasErrors():
		id.Problem(backup.Error, "access_key_id without secret_access_key", "give both, or none to use the environment's credentials")
	case s.AccessKeyID == "" && s.SecretAccessKey != "" && !id.HasErrors():
		secret.Problem(backup.Error, "secret_access_key without access_key_id", "give both, or none to use the environment's credentials")
	case s.AccessKeyID == "" && s.Token != "" && !id.HasErrors():
		token.Problem(backup.Error, "token without access_key_id and secret_access_key", "")
	}
	if arn := a.get("assume_role_arn"); s.AssumeRoleARN != "" && !strings.HasPrefix(s.AssumeRoleARN, "arn:") {
		arn.Problem(backup.Error, fmt.Sprintf("%q is no ARN", arn.Source()), "it looks like arn:aws:iam::123456789012:role/name")
	}
}

func (a account) checkEndpoint(s *S3) {
	if s.Endpoint == "" {
		return
	}
	text := s.Endpoint
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	checkURL(a.get("endpoint"), text, "https", "http")
}
