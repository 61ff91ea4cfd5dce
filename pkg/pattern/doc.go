// Package pattern is the path language of backup definitions: what a directory
// rule and its file rules accept, and what a key on a disk belongs to.
//
// A directory pattern such as "backups/{{client}}/%Y" is split into layers by
// '/'; a file pattern such as "${client:lower}-%M-%D.tar.gz" is one path
// component. Both consist of literal text, placeholders (%Y, %M, ...; see
// Placeholders), and variables: {{name}} captures a value in a directory name,
// ${name}, ${name:lower} and ${name:upper} demand the value captured before. The
// characters that mean something in regular expressions mean nothing here.
//
// Patterns are parsed with ParseDirectory and Directory.ParseFile, which report
// every problem of a pattern at once, each with its column and a hint. A Set
// holds the rules of one disk; its Matchers tell which groups and which file
// rules a key belongs to, at the cost of a few comparisons and, as long as keys
// stay in one directory, without allocating.
//
// It is not a general glob or regular expression package: a pattern never
// matches across a '/', and how much work one name can cause is bounded by the
// product of pattern and name lengths. It doesn't list disks, doesn't read
// YAML, and doesn't know what is late: it only reads names.
package pattern
