package e2e

import (
	"net/http"
	"strings"
)

// apiDeviation is one answer that differs from upstream's on purpose.
type apiDeviation struct {
	path   string // below that of the disk
	ours   apiAnswer
	reason string
}

// apiDeviations lists them by case, for both storages. A difference that is not in
// here fails, and so does one that is in here and no longer found.
func apiDeviations() map[string][]apiDeviation {
	const (
		dot   = "a mux took the dot for this folder and sent the client to the list"
		odd   = "${Client:reverse} is an error of its rule"
		sign  = "an unknown placeholder, and a single % at the end, are errors of their rules; %y works"
		bad   = "a bad retention-age and a negative retention-count are errors of their rule"
		slash = "a mux took the dot and the slashes of the alias for those of a path"
	)
	return map[string][]apiDeviation{
		"01-root-dir": {{"/rootdir/dump/.", file(1400), dot}},
		"06-var-ops": {
			{"/ops", listed("low", "same", "up"), odd + "; a bare ${Client} is no undefined variable"},
			{"/ops/odd", missing, odd},
			{"/ops/odd/in%2FAcmeCorp", missing, odd},
		},
		"07-substitutions": {
			{"/p", listed("A", "D", "I", "M", "X", "Y", "h", "i", "m", "pct", "regex", "s", "v", "w", "x", "yy"), sign},
			{"/p/bad", missing, sign},
			{"/p/bad/p", missing, sign},
			{"/p/tail", missing, sign},
			{"/p/tail/p", missing, sign},
		},
		"09-quota-defaults": {
			{"", apiAnswer{http.StatusOK, `{"Quota":1610612736,"Directories":["./d2/","inherit"]}`}, bad},
			{"/.%2Fd2%2F", listed("c-%Y%M%D.gz"), slash},
			{"/badage", missing, bad},
			{"/badage/badage", missing, bad},
			{"/badage/badage/d3", missing, bad},
		},
	}
}

// missing is the answer for a name that is not known.
var missing = apiAnswer{Status: http.StatusNotFound}

// listed is the answer with names.
func listed(names ...string) apiAnswer {
	return apiAnswer{http.StatusOK, `["` + strings.Join(names, `","`) + `"]`}
}

// file is the answer with a file of so many bytes, which are all zero.
func file(size int) apiAnswer { return apiAnswer{http.StatusOK, strings.Repeat("\x00", size)} }
