package s6words

import (
	"strings"

	"github.com/berth-init/berth/internal/chain"
)

// Find gives the word of a name, or nil. A name of the family that isn't there has one too, which says so: see [Absent].
func Find(name string) chain.Word {
	switch name {
	case "with-contenv":
		return withContenv
	case "printcontenv":
		return printContenv
	case "with-retries":
		return withRetries
	}
	rest, ours := strings.CutPrefix(name, "s6-")
	if !ours {
		return nil
	}
	if w := control(rest); w != nil {
		return w
	}
	if w := become(rest); w != nil {
		return w
	}
	if w := small(rest); w != nil {
		return w
	}
	if Absent(name) != "" {
		return absent
	}
	return nil
}

// control finds the words about services.
func control(name string) chain.Word {
	switch name {
	case "svc":
		return svc
	case "svstat":
		return svstat
	case "svwait":
		return svwait
	case "svok":
		return svok
	case "svlisten":
		return svlisten
	case "svlisten1":
		return svlisten1
	case "svscanctl":
		return svscanctl
	case "svlink":
		return svlink
	case "svunlink":
		return svunlink
	case "svdt":
		return svdt
	case "svdt-clear":
		return svdtClear
	case "permafailon":
		return permafailon
	case "notifyoncheck":
		return notifyoncheck
	case "ftrig-wait":
		return ftrigWait
	case "ftrig-listen1":
		return ftrigListen1
	case "ftrig-notify":
		return ftrigNotify
	case "mkfifodir":
		return mkfifodir
	case "cleanfifodir":
		return cleanfifodir
	}
	return nil
}

// become finds the words that change something of the process and become the next program.
func become(name string) chain.Word {
	switch name {
	case "setuidgid":
		return setuidgid
	case "envuidgid":
		return envuidgid
	case "applyuidgid":
		return applyuidgid
	case "setlock":
		return setlock
	case "envdir":
		return envdir
	case "softlimit":
		return softlimit
	case "setsid":
		return setsid
	case "fghack":
		return fghack
	case "nice":
		return nice
	case "env":
		return env
	}
	return nil
}

// small finds the words that scripts without a shell have for what coreutils do.
func small(name string) chain.Word {
	switch name {
	case "true":
		return func(*chain.Call) int { return 0 }
	case "false":
		return func(*chain.Call) int { return 1 }
	case "echo":
		return echo
	case "cat":
		return cat
	case "printenv":
		return printenv
	case "dumpenv":
		return dumpenv
	case "basename":
		return basename
	case "dirname":
		return dirname
	case "linkname":
		return linkname
	case "hostname":
		return hostname
	case "sleep":
		return sleep
	case "pause":
		return pause
	case "sync":
		return syncDisks
	case "seq":
		return seq
	case "head":
		return head
	case "sort":
		return sorted
	case "maximumtime":
		return maximumtime
	case "tai64n":
		return tai64n
	case "tai64nlocal":
		return tai64nlocal
	case "test":
		return test
	case "quote":
		return quote
	case "unquote":
		return unquote
	case "uniquename":
		return uniquename
	}
	return files(name)
}

// files finds the words that change files.
func files(name string) chain.Word {
	switch name {
	case "mkdir":
		return mkdir
	case "mkfifo":
		return mkfifo
	case "touch":
		return touch
	case "ln":
		return ln
	case "rename":
		return rename
	case "rmrf":
		return rmrf
	case "chmod":
		return chmod
	case "chown":
		return chown
	case "ls":
		return ls
	case "hiercopy":
		return hiercopy
	}
	return nil
}

// Alone says that a word changes the process that it runs in, or lives on behind it: it can't be called on behalf of a child.
func Alone(name string) bool {
	switch name {
	case "s6-setuidgid", "s6-applyuidgid", "s6-setlock", "s6-softlimit", "s6-setsid", "s6-nice", "s6-notifyoncheck":
		return true
	}
	return false
}
