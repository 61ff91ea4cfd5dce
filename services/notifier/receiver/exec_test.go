package receiver_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/notifier/receiver"
)

// script is a receiver that runs a script of a shell, as its argument says.
func script(t *testing.T, text string, arguments ...string) receiver.Receiver {
	t.Helper()
	return open(t, receiver.Config{Exec: &receiver.Exec{Command: append([]string{"/bin/sh", "-c", text, "script"}, arguments...)}})
}

func TestExec(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "sesame")
	t.Setenv("TZ", "Europe/Berlin")
	dir := t.TempDir()
	r := script(t, `cat > "$1/stdin"; env > "$1/env"; echo "$2" > "$1/argument"`, dir, "$(touch "+dir+"/injected); a b")
	n := notice("n-1", incident.Opened, late())
	sent(t, r, n)
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	var d struct{ ID, Title string }
	if err := json.Unmarshal([]byte(read("stdin")), &d); err != nil || d.ID != "n-1" || !strings.HasPrefix(d.Title, "Backup late") {
		t.Errorf("error %v, %+v", err, d)
	}
	env := read("env")
	wantContains(t, env, "BACKMON_NOTICE_ID=n-1\n", "BACKMON_NOTICE_KIND=problem\n", "BACKMON_NOTICE_SEVERITY=warning\n", "BACKMON_RECEIVER=ops\n",
		"BACKMON_NOTICE_TITLE=Backup late: postgres/nightly (postgres/acme) on prod:db\n", "PATH=", "TZ=Europe/Berlin\n")
	wantWithout(t, env, "sesame")
	if got := read("argument"); got != "$(touch "+dir+"/injected); a b\n" {
		t.Errorf("argument %q", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "injected")); err == nil {
		t.Error("a shell read the arguments")
	}
}

func TestExecResults(t *testing.T) {
	for _, c := range []struct {
		name, script string
		taken        bool
		permanent    bool
		want         string
	}{
		{"success", "cat >/dev/null", true, false, ""},
		{"it does not read", "true", true, false, ""},
		{"it closes its input", "exec <&-; true", true, false, ""},
		{"it complains, and succeeds", "echo oops >&2", true, false, ""},
		{"failure", "echo 'no   route' >&2; echo second >&2; exit 3", false, false, `exit status 3: no   route\nsecond`},
		{"for good", "echo 'bad pager' >&2; exit 78", false, true, "exit status 78: bad pager"},
		{"killed", "kill -9 $$", false, false, "signal: killed"},
		{"not found", "exec /nothing/there", false, false, "exit status 127"},
		{"control characters", "printf 'a\\033[31mb' >&2; exit 1", false, false, `a\x1b[31mb`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, n := script(t, c.script), notice("n", incident.Opened, late())
			if c.taken {
				sent(t, r, n)
				return
			}
			e := refused(t, r, n)
			if e.Permanent() != c.permanent {
				t.Errorf("permanent %v", e.Permanent())
			}
			wantContains(t, e.Error(), "run /bin/sh: ", c.want)
		})
	}
}

// A command that does not end is ended, with all that it has started.
func TestExecTimeout(t *testing.T) {
	dir := t.TempDir()
	c := receiver.Config{
		Exec:    &receiver.Exec{Command: []string{"/bin/sh", "-c", `echo waiting >&2; sleep 600 & echo $! > "$0/child"; echo $$ > "$0/parent"; wait`, dir}},
		Timeout: 300 * time.Millisecond,
	}
	begun := time.Now()
	e := refused(t, open(t, c), notice("n", incident.Opened, late()))
	wantContains(t, e.Error(), "killed, as it took over", "waiting")
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	for _, name := range []string{"child", "parent"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, name+" to end", func() bool { return !running(pid) })
	}
}

// running reports whether a process is there and no zombie.
func running(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	return !strings.HasPrefix(rest, "Z")
}

// What a command leaves behind in the background holds nobody up.
func TestExecLeavesChildren(t *testing.T) {
	dir := t.TempDir()
	begun := time.Now()
	sent(t, script(t, `sleep 600 & echo $! > "$1/child"`, dir), notice("n", incident.Opened, late()))
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("it took %v", took)
	}
	data, err := os.ReadFile(filepath.Join(dir, "child"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Errorf("the child did not live on: %v", err)
	}
}

func TestExecComplainsALot(t *testing.T) {
	e := refused(t, script(t, `i=0; while [ $i -lt 3000 ]; do echo "line $i of a long complaint" >&2; i=$((i+1)); done; exit 1`), notice("n", incident.Opened, late()))
	if len(e.Error()) > 1000 {
		t.Errorf("%d bytes", len(e.Error()))
	}
}

func TestExecErrors(t *testing.T) {
	for name, command := range map[string][]string{"none": nil, "empty": {""}, "not there": {"/nothing/there"}, "not in the path": {"backmon-no-such-command"}, "a folder": {"/tmp"}} {
		if _, err := receiver.New(receiver.Config{Exec: &receiver.Exec{Command: command}}, nil); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
