package message

import (
	"fmt"

	"github.com/backmon/backmon/pkg/prose"
)

// summary is the first sentence of the text: what is wrong, and where.
func summary(v View) string {
	switch {
	case v.Kind == "test":
		return "This is a test for the receiver " + v.Receiver + ", sent by hand: nothing is wrong, and nothing is to be done. Notices of backmon arrive here."
	case v.Digest != nil:
		return v.Digest.summary()
	case v.Single != nil:
		return v.Single.summary(v)
	default:
		return manySummary(v)
	}
}

func (i *Item) summary(v View) string {
	words := wordsFor(i, i.code)
	switch {
	case i.Closed && !i.Gone && words.over != "":
		return i.fill(words.over)
	case i.Closed && i.Gone:
		return fmt.Sprintf("%s is no longer watched: its definition or its disk is no more. It was %s%s.", i.subject(), i.What, others(v))
	case i.Closed:
		return fmt.Sprintf("%s is well again. It was %s; the trouble lasted %s%s.", i.subject(), i.What, i.lastedText(), others(v))
	case i.Change == "flapping":
		return fmt.Sprintf("%s goes bad and recovers again and again: %s since %s. Notices of it stop until it has calmed down; digests go on telling of it%s.",
			i.subject(), prose.Count(i.Turns, "change", "changes"), moment(i.firstTurn), others(v))
	}
	text := i.fill(words.sentence)
	if v.Kind == "reminder" {
		text = "Nothing has changed: " + lower(text)
	}
	if v.Open > 1 {
		text += fmt.Sprintf(" Besides, %s still in trouble that you know of.", prose.Count(v.Open-1, "other is", "others are"))
	}
	return text
}

// subject begins a sentence.
func (i *Item) subject() string {
	if i.OfDisk {
		return "The disk " + i.full()
	}
	return "The backup " + i.full()
}

// others goes on about what else is open.
func others(v View) string {
	if v.Open == 0 || v.Open == 1 && !v.Single.Closed {
		return ""
	}
	n := v.Open
	if !v.Single.Closed {
		n--
	}
	return fmt.Sprintf(". Still in trouble: %s that you know of", prose.Count(n, "other", "others"))
}

// lower makes a sentence the second half of one.
func lower(sentence string) string {
	if sentence == "" {
		return ""
	}
	return string(sentence[0]|0x20) + sentence[1:]
}

func manySummary(v View) string {
	bad := v.Total - v.Closed
	switch {
	case v.Kind == "reminder":
		return fmt.Sprintf("Nothing has changed: %s still in trouble.", on(prose.Count(bad, "backup", "backups"), v.Place)+are(bad))
	case bad == 0 && v.Open == 0 && v.Gone == 0:
		return "All is well again" + where(v) + "."
	case bad == 0 && v.Open == 0:
		return overSummary(v) + "."
	case bad == 0:
		return fmt.Sprintf("%s; %d still in trouble.", overSummary(v), v.Open)
	}
	if v.onAndOff() {
		return on(backups(bad), v.Place) + " go bad and recover again and again. Notices of them stop until they have calmed down; digests go on telling of them."
	}
	text := on(backups(bad), v.Place) + are(bad) + " in trouble"
	if d := v.disk(); d != nil {
		text = d.fill(wordsFor(d, d.code).sentence)
		text = text[:len(text)-1]
	}
	if v.Open > bad {
		text += fmt.Sprintf(", and with those that you know of already it is %d", v.Open)
	}
	return text + "."
}

// overSummary says how many are well again, and of how many nobody can say so.
func overSummary(v View) string {
	const why = " no longer watched: their definitions or their disk are no more"
	well := v.Closed - v.Gone
	switch {
	case v.Gone == 0:
		return on(backups(well), v.Place) + are(well) + " well again"
	case well == 0:
		return on(backups(v.Gone), v.Place) + are(v.Gone) + why
	default:
		return fmt.Sprintf("%s well again, and %d%s", on(backups(well), v.Place)+are(well), v.Gone, are(v.Gone)) + why
	}
}

func are(n int) string {
	if n == 1 {
		return " is"
	}
	return " are"
}

func where(v View) string {
	if v.Place == "" {
		return ""
	}
	return " on " + v.Place
}
