package scan

// Kind tells failures apart by what can be done about them.
type Kind int

// The kinds of failure.
const (
	// Unreachable: the storage could not be reached, timed out, or answered nonsense.
	Unreachable Kind = iota + 1
	// AccessDenied: the credentials lack the right to list the disk.
	AccessDenied
	// NotFound: the disk does not exist.
	NotFound
	// NoDefinitions: the definitions file is missing.
	NoDefinitions
	// BadDefinitions: the definitions file can't be read as a whole.
	BadDefinitions
	// DefinitionsUnreadable: the definitions file can't be fetched.
	DefinitionsUnreadable
)

// Failure is why a disk could not be judged.
type Failure struct {
	Kind Kind
	Err  error
}

// Error returns the cause's text.
func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }
