package config

import (
	"strings"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

// LogLevel is the name of a level, as zapcore.ParseLevel reads it.
type LogLevel string

// The levels, from the one that logs most.
const (
	LogDebug LogLevel = "debug"
	LogInfo  LogLevel = "info"
	LogWarn  LogLevel = "warn"
	LogError LogLevel = "error"
	LogPanic LogLevel = "panic"
	LogFatal LogLevel = "fatal"
)

// readLogLevel reads a level. Upstream's other names are understood: "warning",
// and "trace", which is "debug" here.
func readLogLevel(n document.Node) LogLevel {
	name := strings.ToLower(n.String())
	switch level := LogLevel(name); level {
	case LogDebug, LogInfo, LogWarn, LogError, LogPanic, LogFatal:
		return level
	case "trace":
		return LogDebug
	case "warning":
		return LogWarn
	}
	n.OneOf(backup.Error, "debug", "info", "warn", "error", "panic", "fatal")
	return DefaultLogLevel
}
