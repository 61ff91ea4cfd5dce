package config

// SearchPath and LoadFirst are tested apart: the last place that Load searches is
// the machine's own.
var (
	SearchPath = searchPath
	LoadFirst  = loadFirst
)
