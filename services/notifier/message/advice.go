package message

// common is what to do when several backups fail at once.
const common = "Several at once mostly have one cause: look first at what these jobs share, as the machine that they run on, its network and space, and the credentials that they write with. Then look at each of them."

// onAndOff is what to do about what flaps.
const onAndOff = "Look for what goes wrong now and then: a job that runs over its time, a clock, a connection that breaks, a schedule that doesn't fit."

// maxAdvised is of how many backups it is told one by one what to do.
const maxAdvised = 3

// advice is what to do about a notice.
func advice(v View) []string {
	if v.Kind == "test" || v.Digest != nil {
		return nil
	}
	if v.Single != nil {
		if v.onAndOff() {
			return []string{onAndOff}
		}
		return v.Single.Advice
	}
	if d := v.disk(); d != nil {
		return d.Advice
	}
	return several(v)
}

func several(v View) []string {
	var bad []*Item
	for k := range v.Items {
		if !v.Items[k].Closed {
			bad = append(bad, &v.Items[k])
		}
	}
	number := v.Total - v.Closed
	switch {
	case number == 0 && v.Gone > 0:
		return []string{"If nobody took those away on purpose that are no longer watched, look at the definitions" + of(v.Place) + "."}
	case number == 0 || len(bad) == 0:
		return nil
	case v.onAndOff():
		return []string{onAndOff}
	case number > maxAdvised || number > len(bad):
		return []string{common}
	}
	var out []string
	for _, i := range bad {
		advice := i.Advice[0]
		if i.Change == "flapping" {
			advice = onAndOff
		}
		out = append(out, i.within(v.Place, i.Name)+": "+advice)
	}
	return out
}

func of(place string) string {
	if place == "" {
		return ""
	}
	return " of " + place
}
