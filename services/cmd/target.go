package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/definition"
	"github.com/backmon/backmon/pkg/scan"
	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/local"
	"github.com/backmon/backmon/pkg/storage/s3"
)

// targetHelp explains the argument that names a disk.
const targetHelp = `DISK is a disk of the configuration (NAME, or ENVIRONMENT/NAME where several
environments have one of that name), a folder, or s3://BUCKET with the
credentials of the AWS environment.`

// target finds the disk that an argument means.
func (a *app) target(ctx context.Context, name, definitions string) (scan.Target, error) {
	t, err := a.findTarget(ctx, name)
	if err != nil {
		return t, err
	}
	if definitions != "" {
		if t.Override, err = os.ReadFile(definitions); err != nil {
			return t, fmt.Errorf("read definitions: %w", err)
		}
		t.Definitions = definitions
	}
	return t, nil
}

func (a *app) findTarget(ctx context.Context, name string) (scan.Target, error) {
	if bucket, ok := strings.CutPrefix(name, "s3://"); ok {
		return bucketTarget(ctx, strings.TrimSuffix(bucket, "/"))
	}
	c, err := a.load()
	missing := errors.Is(err, config.ErrNotFound)
	if err != nil && (a.configFile != "" || !missing) {
		return scan.Target{}, err
	}
	if err == nil {
		t, found, err := configuredTarget(ctx, c, name)
		if err != nil || found {
			return t, err
		}
	}
	return folderTarget(name)
}

func bucketTarget(ctx context.Context, bucket string) (scan.Target, error) {
	if bucket == "" || strings.Contains(bucket, "/") {
		return scan.Target{}, fmt.Errorf("\"s3://%s\" is no bucket; write s3://BUCKET, without a prefix", bucket)
	}
	provider, err := s3.New(ctx, s3.Config{})
	if err != nil {
		return scan.Target{}, err
	}
	return scan.Target{Environment: "s3", Disk: provider.Disk(bucket), Definitions: definition.DefaultFile}, nil
}

func folderTarget(path string) (scan.Target, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return scan.Target{}, fmt.Errorf("%q is neither a disk of the configuration nor a folder; write s3://%s for a bucket", path, path)
	case err != nil:
		return scan.Target{}, err
	case !info.IsDir():
		return scan.Target{}, fmt.Errorf("%q is a file; name the folder that it lies in", path)
	}
	provider, err := local.New(local.Config{Path: path})
	if err != nil {
		return scan.Target{}, err
	}
	return scan.Target{Environment: "local", Disk: provider.Disk(path), Definitions: definition.DefaultFile}, nil
}

// configuredTarget looks for a disk in the configuration.
func configuredTarget(ctx context.Context, c *config.Config, name string) (scan.Target, bool, error) {
	e, disk, err := findDisk(c, name)
	if err != nil || e.Name == "" {
		return scan.Target{}, false, err
	}
	provider, err := open(ctx, e)
	if err != nil {
		return scan.Target{}, false, fmt.Errorf("environment %q: %w", e.Name, err)
	}
	return scan.Target{Environment: e.Name, Disk: provider.Disk(disk), Definitions: e.Definitions}, true, nil
}

// findDisk finds the environment of a disk, none when the configuration includes
// no such disk. Buckets are not asked for: a name that an environment includes is
// taken to be there, unless several environments could have it.
func findDisk(c *config.Config, name string) (e config.Environment, disk string, err error) {
	var candidates []config.Environment
	disk = name
	for _, e := range c.Environments {
		if rest, ok := strings.CutPrefix(name, e.Name+"/"); ok && has(e, rest) {
			candidates, disk = []config.Environment{e}, rest
			break
		}
		if has(e, name) {
			candidates = append(candidates, e)
		}
	}
	if folders := slices.DeleteFunc(slices.Clone(candidates), func(e config.Environment) bool { return e.S3 != nil }); len(folders) > 0 {
		candidates = folders // a folder is there by that name; a bucket only may be
	}
	switch len(candidates) {
	case 0:
		return config.Environment{}, "", nil
	case 1:
		return candidates[0], disk, nil
	default:
		return config.Environment{}, "", fmt.Errorf("disk %q can be in several environments; write %s/%s or %s/%s", name, candidates[0].Name, name, candidates[1].Name, name)
	}
}

// has reports whether an environment may hold a disk of that name.
func has(e config.Environment, disk string) bool {
	if e.S3 == nil {
		return e.Path == disk
	}
	return !strings.ContainsAny(disk, "/.~") && e.Disks.Includes(disk)
}

// scanner scans with the configured limits, as the services do; without a
// configuration with the defaults.
func (a *app) scanner() scan.Scanner {
	return scan.Scanner{Stats: storage.NewStatReader(0, 0), MaxDefinition: a.definitionLimit()}
}

// definitionLimit is the largest definitions file in bytes.
func (a *app) definitionLimit() int64 {
	if c, err := a.load(); err == nil {
		return c.Limits.Definitions
	}
	return config.DefaultLimit
}
