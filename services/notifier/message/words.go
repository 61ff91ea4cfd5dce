package message

import (
	"slices"
	"strings"

	"github.com/backmon/backmon/pkg/prose"
)

// words are what is said of one kind of trouble. In braces stand facts, as fill
// knows them.
type words struct {
	what     string // in a title, with the name behind it; of a disk with its name in it
	was      string // what the subject was, of a trouble that is over
	sentence string // what is wrong and where
	advice   string // what to do, in concrete terms
	// ended and over are title and sentence at the end, where that does not mean
	// that all is well again.
	ended, over string
}

// ofSeries are the words by the code of the worst reason.
var ofSeries = map[string]words{
	"LATE": {
		what: "Backup late", was: "late",
		sentence: "The backup {full} has not arrived in time: there is nothing new since {newest}.",
		advice:   "Look at the job that writes {rule} into {folder}: did it run after {newest}, and what does its log say? Run it again when the cause is gone. The all-clear comes by itself once the new file is there.",
	},
	"MISSING": {
		what: "No backup for {age}", was: "missing",
		sentence: "The backup {full} is missing: {missed} passed, and there is nothing new since {newest}, {age} ago.",
		advice:   "Look at the job that writes {rule} into {folder}: does it still run, does it reach the disk, and does it write under the name that the definition expects? `backmon explain {disk} KEY` says so of a file. Until it works again, the newest copy to restore from is {age} old.",
	},
	"MISSING, never seen": {
		what: "Backup never arrived", was: "missing",
		sentence: "The backup {full} has never been seen: no file is where it is expected.",
		advice:   "Check that the job that should write {rule} is set up and runs. Then compare where and under which name it writes with the definition: `backmon explain {disk} KEY` says which rule matches a file, or where they part.",
	},
	"MISSING, all gone": {
		what: "All files gone", was: "missing",
		sentence: "All files of the backup {full} are gone; the last were seen {seen}.",
		advice:   "Find out who or what deleted them: a person, a clean-up job, a lifecycle rule; `backmon audit {disk}` lists what backmon purged itself. If the disk keeps versions, bring the files back. Then run the backup, so that there is one again.",
	},
	"MISSING, unusable": {
		what: "No usable backup", was: "without a usable file",
		sentence: "The backup {full} has no new file that could be restored: the newest one is empty, too small, or dated ahead of now.",
		advice:   "Look at the log of the job that writes {rule} into {folder}: mostly the dump failed, or the space ran out. Run it again. Nothing of this backup is purged meanwhile.",
	},
	"UNKNOWN": {
		what: "Backup can't be checked", was: "out of sight",
		sentence: "Whether the backup {full} is well can't be told at the moment.",
		advice:   "Nothing is known to be wrong with the backup itself. See above why it can't be checked; `backmon check {disk}` looks again at once. Nothing of it is purged meanwhile.",
	},
	"EMPTY": {
		what: "Newest backup is empty", was: "empty",
		sentence: "The newest file of the backup {full} is empty: there is nothing in it to restore.",
		advice:   "Look at the log of the job that writes {rule} into {folder}: mostly the dump failed, or the space ran out. Run it again. The older files still stand; nothing of this backup is purged meanwhile.",
	},
	"TOO_SMALL": {
		what: "Newest backup is too small", was: "too small",
		sentence: "The newest file of the backup {full} is smaller than it may be.",
		advice:   "Look at the log of the job that writes {rule} into {folder}: did it stop early? Run it again; if the size is right, lower min-size in the definitions. Nothing of this backup is purged meanwhile.",
	},
	"TOO_LARGE": {
		what: "Newest backup is too large", was: "too large",
		sentence: "The newest file of the backup {full} is larger than it may be.",
		advice:   "See what got into it, and whether the space lasts. If the size is right, raise max-size in the definitions.",
	},
	"SHRUNK": {
		what: "Newest backup is far smaller than usual", was: "far smaller than usual",
		sentence: "The newest file of the backup {full} is far smaller than the ones before.",
		advice:   "Don't trust it before you have compared it with an earlier file: did the job stop early, or was data deleted at the source? If the size is right, nothing is to be done: after some more backups it is the usual one. Nothing of this backup is purged meanwhile.",
	},
	"GREW": {
		what: "Newest backup is far larger than usual", was: "far larger than usual",
		sentence: "The newest file of the backup {full} is far larger than the ones before.",
		advice:   "See what got into it, and whether the space lasts. If the size is right, nothing is to be done: after some more backups it is the usual one.",
	},
	"FUTURE": {
		what: "File dated in the future", was: "dated in the future",
		sentence: "A file of the backup {full} is dated ahead of now. It is put aside and counts as no backup.",
		advice:   "Check the clock of the machine that writes it, and the date in the file's name.",
	},
	"TOO_FEW": {
		what: "Too few files", was: "short of files",
		sentence: "The backup {full} has fewer files than it should have.",
		advice:   "Find out which are missing, and whether they were deleted or never written.",
	},
	"SLOW": {
		what: "Backup took too long", was: "slow",
		sentence: "Making the newest file of the backup {full} took longer than it may.",
		advice:   "See what slows the job down, before it runs into the next one or into the working day.",
	},
	"AMBIGUOUS": {
		what: "Files claimed by two rules", was: "claimed by two rules",
		sentence: "Files of the backup {full} are matched by another rule, too.",
		advice:   "Make the patterns exclude each other in the definitions of {place}. Until then these files are never purged.",
	},
	"": {what: "Backup needs a look", was: "in trouble", sentence: "Something is wrong with the backup {full}.", advice: "See on the page, or with `backmon status`, what it is."},
}

// stillFine calms who reads of a disk that can't be seen.
const stillFine = " `backmon check {disk}` tries it at once and says what fails. The backups may well be fine; nothing is purged meanwhile."

// ofDisk are the words for disks as a whole.
var ofDisk = map[string]words{
	"UNREACHABLE": {
		what: "Disk {place} can't be reached", was: "out of reach",
		sentence: "The disk {place} can't be reached, so nothing is known of its backups at the moment.",
		advice:   "Check that the storage runs, and that backmon's machine gets to it: network, name, certificate, or the mount where it is a folder." + stillFine,
	},
	"ACCESS_DENIED": {
		what: "Disk {place}: access denied", was: "closed to backmon",
		sentence: "The disk {place} can't be read: the storage denies access. So nothing is known of its backups at the moment.",
		advice:   "Check the access key of the environment {env} in config.yaml: has it expired, was it replaced, or does it lack the right to list the bucket and to read the definitions in it?" + stillFine,
	},
	"NOT_FOUND": {
		what: "Disk {place} is not there", was: "not there",
		sentence: "The disk {place} does not exist any more, or not under this name.",
		advice:   "Find out whether the bucket or folder was deleted, renamed, or is not mounted. If it was removed on purpose, take it out of config.yaml." + stillFine,
	},
	"NO_DEFINITIONS": {
		what: "Disk {place} has no backup definitions", was: "without definitions",
		sentence: "The disk {place} has no backup definitions, so its backups can't be judged.",
		advice:   "Put the definitions back into the disk's top folder; or, where it is not to be watched, an empty file .backmonignore. Nothing on this disk is purged meanwhile.",
	},
	"BAD_DEFINITIONS": {
		what: "Disk {place}: the backup definitions have errors", was: "badly defined",
		sentence: "The backup definitions of the disk {place} have errors, and what they are about can't be judged.",
		advice:   "Correct them: `backmon validate FILE` finds every error, with its line and a way out. Nothing on this disk is purged meanwhile.",
	},
	"DEFINITIONS_UNREADABLE": {
		what: "Disk {place}: the backup definitions can't be read", was: "without readable definitions",
		sentence: "The backup definitions of the disk {place} can't be read, so its backups can't be judged.",
		advice:   "Check that backmon may read that file, and that it is whole." + stillFine,
	},
	"MASS_DELETE": {
		what: "Disk {place}: many files vanished at once", was: "losing many files at once",
		sentence: "Many files of the disk {place} vanished at once, and it was not backmon that purged them.",
		advice:   "Find out now who or what deletes there: a clean-up job, a lifecycle rule, a stolen key. Stop it first; then see whether the files can be brought back from versions or from a second copy. Purging on this disk is stopped for 24 hours.",
		ended:    "No more files vanished: disk {place}",
		over:     "No more files vanished at once from the disk {place} within 24 hours, so the alarm ends and purging goes on. Those that are gone are not back by that.",
	},
	"OVER_QUOTA": {
		what: "Disk {place} is over its quota", was: "over its quota",
		sentence: "The disk {place} holds more than its quota allows.",
		advice:   "Make room, keep less (the retention in the definitions), or raise the quota.",
	},
	"UNKNOWN": {
		what: "Disk {place} can't be checked", was: "out of sight",
		sentence: "The disk {place} can't be checked, so nothing is known of its backups at the moment.",
		advice:   "Check that the storage runs, and that backmon's machine gets to it." + stillFine,
	},
	"": {what: "Disk {place} needs a look", was: "in trouble", sentence: "Something is wrong with the disk {place}.", advice: "See on the page, or with `backmon status`, what it is."},
}

// wordsFor returns what is said of a code of the item.
func wordsFor(i *Item, code string) words {
	table := ofSeries
	if i.OfDisk {
		table = ofDisk
	} else if code == "MISSING" && !i.Closed { // what is there now says nothing of then
		code += variant(i)
	}
	w, known := table[code]
	if !known {
		return table[""]
	}
	return w
}

// variant tells apart why a backup is missing.
func variant(i *Item) string {
	switch {
	case i.Latest == nil && i.SeenAt.IsZero():
		return ", never seen"
	case i.Latest == nil:
		return ", all gone"
	case slices.Contains(i.Flags, "EMPTY"), slices.Contains(i.Flags, "TOO_SMALL"), i.Latest.At.After(i.at):
		return ", unusable"
	default:
		return ""
	}
}

// fill puts an item's facts in the place of what stands in braces.
func (i *Item) fill(text string) string {
	newest, age := "the last one", "some time"
	if i.Latest != nil {
		newest, age = moment(i.Latest.At), prose.Duration(i.at.Sub(i.Latest.At))
	}
	missed := prose.Count(i.Missed, "deadline has", "deadlines have")
	if i.Missed == 0 {
		missed = "its time has"
	}
	return strings.NewReplacer("{full}", i.full(), "{place}", i.Place, "{disk}", argument(i.Environment+"/"+i.Disk), "{env}", i.Environment,
		"{rule}", i.rule, "{folder}", i.folder, "{newest}", newest, "{age}", age, "{missed}", missed, "{seen}", moment(i.SeenAt)).Replace(text)
}

// argument makes a text one argument of a command: folders may hold anything.
func argument(text string) string {
	if !strings.ContainsAny(text, " \t\"'`$\\&|;<>()*?[]{}~#!") {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
