// Package config reads config.yaml: where the backups are, and how the program
// runs. It is strict: whatever it doesn't understand is a problem, all problems
// are found at once, and with one of them nothing starts.
//
// Load searches the file, Parse reads one that is in memory. Both return values
// that need no further checks or defaults. Files that the configuration names
// (certificates, credentials) are not opened here: whoever uses them does.
//
// Secrets are of type Secret, which doesn't print; no problem quotes one.
//
// The package is not a bag of globals: there is no current configuration, and
// nothing here watches the file. It doesn't read backup_definitions.yaml either:
// package definition does.
package config

import (
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// Defaults of the settings that have one. docs/config.example.yaml shows all.
const (
	DefaultPort           = 80
	DefaultLogLevel       = LogInfo
	DefaultUpdateInterval = time.Hour
	DefaultRegion         = "eu-central-1"
	DefaultDefinitions    = "backup_definitions.yaml"
	DefaultStoreDir       = ".backmon/nats"
	DefaultListen         = "127.0.0.1:4222"
	DefaultConcurrency    = 4
	DefaultTimeout        = time.Hour
	DefaultLimit          = 1 << 20 // bytes of a definitions file
)

// Config is what config.yaml says, with defaults filled in.
type Config struct {
	// File is where it was read from; empty if it came from memory.
	File string
	// Port is where HTTP is served, 0 for one that the system chooses.
	Port int
	// LogLevel is the least level that is logged.
	LogLevel LogLevel
	// UpdateInterval is how often each disk is evaluated, at least 1s.
	UpdateInterval time.Duration
	Downloads      Downloads
	HTTP           HTTP
	// Environments are in the order of the file; there is at least one.
	Environments []Environment
	NATS         NATS
	Evaluator    Evaluator
	Purger       Purger
	Notifier     Notifier
	Limits       Limits
}

// Evaluator says how disks are evaluated.
type Evaluator struct {
	Concurrency int           // disks side by side, at least 1
	Timeout     time.Duration // for one evaluation of one disk
}

// Limits says how much of a disk's own files is read.
type Limits struct {
	Definitions int64 // bytes of a definitions file
}

// defaults is the configuration of an empty file, which lacks an environment.
func defaults() *Config {
	return &Config{
		Port:           DefaultPort,
		LogLevel:       DefaultLogLevel,
		UpdateInterval: DefaultUpdateInterval,
		Downloads:      Downloads{Mode: DownloadStream, PresignExpiry: DefaultPresignExpiry},
		NATS:           defaultNATS(),
		Evaluator:      Evaluator{Concurrency: DefaultConcurrency, Timeout: DefaultTimeout},
		Purger:         Purger{Mode: PurgeDryRun, MaxShare: DefaultMaxShare},
		Notifier:       defaultNotifier(),
		Limits:         Limits{Definitions: DefaultLimit},
	}
}

// Error holds every problem of a configuration. It is never empty.
type Error struct {
	Problems []backup.Problem
	// Understood is what the file says without what is wrong: of receivers those that
	// have no problem. It serves to look for further problems, not to run. It is nil
	// when the file can't be read at all.
	Understood *Config
}

// Error returns the problems, one a line.
func (e *Error) Error() string {
	text := ""
	for i, p := range e.Problems {
		if i > 0 {
			text += "\n"
		}
		text += p.Error()
	}
	return text
}

// Unwrap returns the problems as errors of their own, for errors.As.
func (e *Error) Unwrap() []error {
	list := make([]error, len(e.Problems))
	for i, p := range e.Problems {
		list[i] = p
	}
	return list
}
