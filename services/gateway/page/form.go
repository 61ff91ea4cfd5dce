package page

// evaluateForm asks for an evaluation.
type evaluateForm struct {
	Action string
	Back   string // where to go on
	// Denied says why it can't be asked for; empty when it can.
	Denied string
}

// putForm puts a hold or a silence.
type putForm struct {
	Kind           string // hold or silence
	Action         string // empty: the form is not shown
	Title, Explain string
	Hidden         []field
	Why, By, Day   string
	AskBy          bool
	Ends           []option
	Problem        string
	Denied         string
}

// putProblem is what is wrong with a form that was sent, and what it held.
type putProblem struct{ Kind, Text, Why, By, Until, Day string }

// denied explains why somebody may not change anything.
func denied(f frame) string {
	switch {
	case !f.ReadOnly:
		return ""
	case f.User == "":
		return "Only for operators: nobody is logged in here. http.users in config.yaml names operators."
	default:
		return "Only for operators: you may only read."
	}
}

func newEvaluate(f frame, disk, back string) evaluateForm {
	return evaluateForm{Action: disk + "/evaluate", Back: back, Denied: denied(f)}
}

func newPutHold(f frame, path string, wrong putProblem) putForm {
	form := putForm{
		Kind: "hold", Action: path + "/hold", Title: "Hold", Denied: denied(f), AskBy: f.User == "",
		Explain: "A hold keeps the purger from these files, whatever retention says.",
		Ends: []option{
			{Value: "12h", Text: "12 hours from now"},
			{Value: "1d", Text: "a day from now"},
			{Value: "7d", Text: "7 days from now", Chosen: true},
			{Value: "30d", Text: "30 days from now"},
			{Value: "", Text: "it is removed"},
		},
	}
	form.refill(wrong)
	return form
}

func newPutSilence(f frame, path string, wrong putProblem) putForm {
	form := putForm{
		Kind: "silence", Action: path + "/silence", Title: "Silence", Denied: denied(f), AskBy: f.User == "",
		Explain: "A silence keeps notices about this back. What is still bad when it ends is told then.",
		Ends: []option{
			{Value: "1h", Text: "an hour from now"},
			{Value: "12h", Text: "12 hours from now", Chosen: true},
			{Value: "1d", Text: "a day from now"},
			{Value: "7d", Text: "7 days from now"},
		},
	}
	form.refill(wrong)
	return form
}

// refill keeps what was sent in a form that was not accepted.
func (f *putForm) refill(wrong putProblem) {
	if wrong.Kind != f.Kind {
		return
	}
	f.Problem, f.Why, f.By, f.Day = wrong.Text, wrong.Why, wrong.By, wrong.Day
	for i := range f.Ends {
		f.Ends[i].Chosen = f.Ends[i].Value == wrong.Until
	}
}
