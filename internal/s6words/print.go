package s6words

import (
	"bytes"
	"crypto/rand"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6dir"
)

// flagged reads flags without values into a set of letters.
func flagged(c *chain.Call, spec string) (set string, rest []string, ok bool) {
	rest, ok = chain.Options(c.Args, spec, func(f byte, _ string) { set += string(rune(f)) })
	return set, rest, ok
}

func has(set string, f byte) bool { return strings.IndexByte(set, f) >= 0 }

// newline gives the end of a line, unless it isn't wanted.
func newline(set string) string {
	if has(set, 'n') {
		return ""
	}
	return "\n"
}

// echo prints words.
func echo(c *chain.Call) int {
	end, between, good := "\n", " ", true
	rest, ok := chain.Options(c.Args, "ns:", func(f byte, v string) {
		if f == 'n' {
			end = ""
			return
		}
		between, good = v, good && len(v) == 1
	})
	if !ok || !good {
		return c.Wrong("s6-echo [ -n ] [ -s separator ] word...")
	}
	return put(c, []byte(strings.Join(rest, between)+end))
}

// cat copies stdin to stdout.
func cat(c *chain.Call) int {
	if _, err := io.Copy(c.Stdout, c.Stdin); err != nil {
		return c.Fail(chain.System, "copy: %s", reason(err))
	}
	return 0
}

// printenv prints one variable, or all.
func printenv(c *chain.Call) int {
	set, rest, ok := flagged(c, "n")
	if !ok || len(rest) > 1 {
		return c.Wrong("s6-printenv [ -n ] [ variable ]")
	}
	if len(rest) == 0 {
		var b bytes.Buffer
		for _, e := range c.Env {
			b.WriteString(e + "\n")
		}
		return put(c, b.Bytes())
	}
	v, found := c.Get(rest[0])
	if !found {
		return 1
	}
	return put(c, []byte(v+newline(set)))
}

// basename prints the last part of a path, without a suffix.
func basename(c *chain.Call) int {
	set, rest, ok := flagged(c, "n")
	if !ok || len(rest) == 0 {
		return c.Wrong("s6-basename [ -n ] path [ suffix ]")
	}
	_, last := parts(rest[0])
	if len(rest) > 1 && last != rest[1] {
		last = strings.TrimSuffix(last, rest[1])
	}
	return put(c, []byte(last+newline(set)))
}

// dirname prints a path without its last part.
func dirname(c *chain.Call) int {
	set, rest, ok := flagged(c, "n")
	if !ok || len(rest) == 0 {
		return c.Wrong("s6-dirname [ -n ] path")
	}
	dir, _ := parts(rest[0])
	return put(c, []byte(dir+newline(set)))
}

// parts splits a path as dirname(3) and basename(3) do.
func parts(path string) (dir, last string) {
	trimmed := strings.TrimRight(path, "/")
	switch {
	case trimmed == "" && path != "":
		return "/", "/"
	case trimmed == "":
		return ".", "."
	}
	at := strings.LastIndexByte(trimmed, '/')
	if at < 0 {
		return ".", trimmed
	}
	if dir = strings.TrimRight(trimmed[:at], "/"); dir == "" {
		dir = "/"
	}
	return dir, trimmed[at+1:]
}

// hostname prints the machine's name, or gives it another one.
func hostname(c *chain.Call) int {
	if len(c.Args) > 0 {
		if err := unix.Sethostname([]byte(c.Args[0])); err != nil {
			return c.Fail(chain.System, "set the name of this machine: %s", reason(err))
		}
		return 0
	}
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return c.Fail(chain.System, "read the name of this machine: %s", reason(err))
	}
	return put(c, []byte(unix.ByteSliceToString(u.Nodename[:])+"\n"))
}

// uniquename prints a name that no other call prints.
func uniquename(c *chain.Call) int {
	_, rest, ok := flagged(c, "b")
	if !ok || len(rest) == 0 {
		return c.Wrong("s6-uniquename [ -b ] name")
	}
	host, err := os.Hostname()
	if err != nil {
		return c.Fail(chain.System, "read the name of this machine: %s", reason(err))
	}
	return put(c, []byte(rest[0]+":"+s6dir.StampOf(time.Now()).String()+":"+host+":"+decimal(uint32(os.Getpid()))+":"+rand.Text()[:6]+"\n")) //nolint:gosec // a pid
}
