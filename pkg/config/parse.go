package config

import (
	"fmt"
	"regexp"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

// Parse reads a configuration. file is the name that problems carry. env gives
// the values of ${NAME} and __${NAME}__, and whether there is one; os.LookupEnv
// is the usual one. The error is always an *Error; the Config is then nil.
func Parse(data []byte, file string, env func(string) (string, bool)) (*Config, error) {
	doc, unreadable := document.Parse(data, document.Options{File: file, Variables: env})
	if len(unreadable) > 0 {
		return nil, &Error{Problems: conceal(unreadable)}
	}
	c := defaults()
	c.File = file
	c.read(doc.Root())
	if problems := doc.Problems(); len(problems) > 0 {
		c.Notifier.dropUnsound(doc.Root().Get("notifier"))
		return nil, &Error{problems, c}
	}
	return c, nil
}

// aliasName is what looks like an alias in a YAML parser's message. A password
// that begins with "*" and has no quotes is taken for one.
var aliasName = regexp.MustCompile(`[*&][^\s'"]+`)

// conceal removes what may be a secret from the problems of an unreadable file.
func conceal(problems []backup.Problem) []backup.Problem {
	for i := range problems {
		problems[i].Message = aliasName.ReplaceAllString(problems[i].Message, hidden)
	}
	return problems
}

func (c *Config) read(root document.Node) {
	known := []string{"port", "log_level", "update_interval", "downloads", "http", "environments", "nats", "evaluator", "purger", "notifier", "limits"}
	if !root.Map(backup.Error, known...) && root.Exists() {
		return
	}
	if port := root.Get("port"); port.Exists() {
		c.Port = int(port.Int(0, 65535))
	}
	if level := root.Get("log_level"); level.Exists() {
		c.LogLevel = readLogLevel(level)
	}
	c.UpdateInterval = readDuration(root.Get("update_interval"), c.UpdateInterval)
	c.Downloads.read(root.Get("downloads"))
	c.HTTP.read(root.Get("http"))
	c.Environments = readEnvironments(root.Get("environments"))
	c.NATS.read(root.Get("nats"))
	c.Evaluator.read(root.Get("evaluator"))
	c.Purger.read(root.Get("purger"))
	c.Notifier.read(root.Get("notifier"), c.Environments)
	c.Limits.read(root.Get("limits"))
}

func (e *Evaluator) read(node document.Node) {
	node.Map(backup.Error, "concurrency", "timeout")
	if concurrency := node.Get("concurrency"); concurrency.Exists() {
		e.Concurrency = int(concurrency.Int(1, 1000))
	}
	e.Timeout = readDuration(node.Get("timeout"), e.Timeout)
}

func (l *Limits) read(node document.Node) {
	node.Map(backup.Error, "definitions")
	limit := node.Get("definitions")
	if !limit.Exists() {
		return
	}
	l.Definitions = limit.Size()
	if !limit.HasErrors() && (l.Definitions < 1<<10 || l.Definitions > 1<<30) {
		limit.Problem(backup.Error, fmt.Sprintf("the limit %q is not in 1KiB to 1GiB", limit.Source()), "")
	}
}

// required returns a text that must not be empty.
func required(node document.Node, key string) string {
	text := node.String()
	if text == "" && !node.HasErrors() {
		node.Problem(backup.Error, fmt.Sprintf("%s is missing", key), "")
	}
	return text
}

// together checks that both keys are given, or none.
func together(node document.Node, first, second string) {
	a, b := node.Get(first), node.Get(second)
	if (a.String() == "") == (b.String() == "") {
		return
	}
	if a.String() == "" {
		a, first, second = b, second, first
	}
	a.Problem(backup.Error, fmt.Sprintf("%s without %s", first, second), fmt.Sprintf("give %s, too", second))
}

// oneOrMore returns a list's items, or the one that stands instead of a list.
func oneOrMore(node document.Node) []document.Node {
	if node.IsScalar() {
		return []document.Node{node}
	}
	return node.Items()
}
