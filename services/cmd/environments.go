package cmd

import (
	"context"
	"fmt"

	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/local"
	"github.com/backmon/backmon/pkg/storage/s3"
	"github.com/backmon/backmon/services/discoverer"
	"github.com/backmon/backmon/services/evaluator"
	"github.com/backmon/backmon/services/gateway/download"
	"github.com/backmon/backmon/services/purger"
)

// environment is a configured environment with its storage.
type environment struct {
	config.Environment
	provider storage.Provider
}

// environments opens the storage of every environment. It makes no request to a
// disk; roles may be assumed.
func environments(ctx context.Context, c *config.Config) ([]environment, error) {
	var all []environment
	for _, e := range c.Environments {
		provider, err := open(ctx, e)
		if err != nil {
			return nil, fmt.Errorf("environment %q: %w", e.Name, err)
		}
		all = append(all, environment{Environment: e, provider: provider})
	}
	return all, nil
}

func open(ctx context.Context, e config.Environment) (storage.Provider, error) {
	if e.S3 == nil {
		return local.New(local.Config{Path: e.Path})
	}
	return s3.New(ctx, s3.Config{
		Endpoint: e.S3.Endpoint, Insecure: e.S3.Insecure, Region: e.S3.Region, ForcePathStyle: e.S3.ForcePathStyle,
		AccessKeyID: e.S3.AccessKeyID, SecretAccessKey: s3.Secret(e.S3.SecretAccessKey.Reveal()), Token: s3.Secret(e.S3.Token.Reveal()),
		AssumeRoleARN: e.S3.AssumeRoleARN, TLSSkipVerify: e.S3.TLSSkipVerify, CAFile: e.S3.CAFile,
	})
}

// onlyNames reports whether the environment's disks are those that it names.
func (e environment) onlyNames() bool { return e.S3 != nil && !e.S3.AutoDiscoverDisks }

func toDiscover(all []environment) []discoverer.Environment {
	var out []discoverer.Environment
	for _, e := range all {
		out = append(out, discoverer.Environment{
			Name: e.Name, Provider: e.provider, Includes: e.Disks.Includes, Names: e.Disks.Include.Names, OnlyNames: e.onlyNames(),
		})
	}
	return out
}

func toPurge(all []environment) []purger.Environment {
	var out []purger.Environment
	for _, e := range all {
		out = append(out, purger.Environment{
			Name: e.Name, Provider: e.provider, Definitions: e.Definitions, Includes: e.Disks.Includes,
		})
	}
	return out
}

func toServe(all []environment) []download.Environment {
	var out []download.Environment
	for _, e := range all {
		out = append(out, download.Environment{Name: e.Name, Provider: e.provider})
	}
	return out
}

func toEvaluate(all []environment) []evaluator.Environment {
	var out []evaluator.Environment
	for _, e := range all {
		out = append(out, evaluator.Environment{Name: e.Name, Provider: e.provider, Definitions: e.Definitions})
	}
	return out
}
