package execline

import (
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// cd enters a directory.
func cd(call *chain.Call) int {
	c := called(call, "execline-cd")
	if len(c.Args) < 2 {
		return c.Wrong("cd path prog...")
	}
	if err := unix.Chdir(c.Args[0]); err != nil {
		return c.Fail(chain.System, "unable to chdir to %s: %s", c.Args[0], chain.Reason(err))
	}
	return c.Next(c.Args[1:])
}

const posixCdUsage = "posix-cd [ -L | -P ] [ - | path ] [ prog... ]"

// posixCd enters a directory as POSIX's cd does.
func posixCd(c *chain.Call) int {
	physical := false
	rest, ok := chain.Options(c.Args, "LP", func(f byte, _ string) { physical = f == 'P' })
	if !ok || len(rest) > 0 && rest[0] == "" {
		return c.Wrong(posixCdUsage)
	}
	where, printed := "", false
	if len(rest) > 0 {
		where, rest = rest[0], rest[1:]
	}
	switch where {
	case "":
		home, set := c.Get("HOME")
		if !set || home == "" {
			return c.Wrong(posixCdUsage)
		}
		where = home
	case "-":
		old, set := c.Get("OLDPWD")
		if !set || old == "" {
			return c.Wrong(posixCdUsage)
		}
		where, printed = old, true
	default:
		if found, from := along(c, where); found != "" {
			where, printed = found, from
		}
	}
	old, err := workingDirectory()
	if err != nil {
		return c.Fail(chain.System, "unable to getcwd: %s", chain.Reason(err))
	}
	target := where
	if !physical {
		if !path.IsAbs(target) {
			base, set := c.Get("PWD") // believed, as the real command does
			if !set || !path.IsAbs(base) {
				base = old
			}
			target = base + "/" + target
		}
		target = path.Clean(target)
	}
	if err := unix.Chdir(target); err != nil {
		return c.Fail(chain.System, "unable to chdir to %s: %s", where, chain.Reason(err))
	}
	if physical {
		if target, err = workingDirectory(); err != nil {
			return c.Fail(chain.System, "unable to getcwd: %s", chain.Reason(err))
		}
	}
	if printed {
		if _, err := c.Stdout.Write([]byte(target + "\n")); err != nil {
			return c.Fail(chain.System, "unable to write to stdout: %s", chain.Reason(err))
		}
	}
	next := *c
	next.Set("OLDPWD", old)
	next.Set("PWD", target)
	return c.Become(rest, next.Env)
}

// along looks for a directory along CDPATH. printed says that it is elsewhere than one would think.
func along(c *chain.Call, where string) (found string, printed bool) {
	list, set := c.Get("CDPATH")
	first, _, _ := strings.Cut(where, "/")
	if !set || first == "" || first == "." || first == ".." {
		return "", false
	}
	for element := range strings.SplitSeq(list, ":") {
		if element == "" {
			if isDirectory("./" + where) {
				return where, false
			}
			continue
		}
		if candidate := strings.TrimSuffix(element, "/") + "/" + where; isDirectory(candidate) {
			return candidate, true
		}
	}
	return "", false
}
