package page

import "net/http"

// doneParameter says in a path what was done just before. Its values are those of
// flashes: nobody can put words into the page's mouth.
const doneParameter = "done"

// flashOf is the message for what was done; nil for nothing.
func flashOf(done string) *notice {
	texts := map[string]notice{
		"evaluate":        {Class: "info", Text: "The evaluation is asked for. The page follows when it is through."},
		"evaluate-queued": {Class: "info", Text: "An evaluation of this disk is queued or under way already. Another one follows it, for what that one has not seen."},
		"hold":            {Class: "ok", Text: "The hold is put: the purger leaves this alone."},
		"hold-removed":    {Class: "ok", Text: "The hold is removed."},
		"hold-missing":    {Class: "info", Text: "That hold had ended already."},
		"silence":         {Class: "ok", Text: "The silence is put: no notices come about this until it ends."},
		"silence-removed": {Class: "ok", Text: "The silence is removed."},
		"silence-missing": {Class: "info", Text: "That silence had ended already."},
	}
	n, ok := texts[done]
	if !ok {
		return nil
	}
	n.Icon = n.Class
	return &n
}

// done sends the browser on to a page that says what was done, so that reloading
// it does not do it again.
func done(w http.ResponseWriter, r *http.Request, path, what string) {
	http.Redirect(w, r, path+"?"+doneParameter+"="+what, http.StatusSeeOther)
}

// notice is a message above a page's main part.
type notice struct{ Class, Icon, Key, Head, Text string }
