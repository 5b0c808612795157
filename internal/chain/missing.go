package chain

import (
	"fmt"
	"strings"
)

// missing says what to do about a program that isn't there, if it is one of s6's or execline's.
func (c *Call) missing(program string) string {
	if strings.HasPrefix(program, " ") {
		return "its name begins with a space: a block stands there, and a program is wanted"
	}
	if strings.Contains(program, "/") && !strings.HasPrefix(program, "/command/") {
		return ""
	}
	name := program[strings.LastIndexByte(program, '/')+1:]
	if c.Find != nil && c.Find(name) != nil || c.Late != nil && c.Late(name) {
		return fmt.Sprintf("berth has this word, but no link of the name %s lies on PATH: PATH has to name the directory of the links, usually /command", name)
	}
	if family(name) {
		return fmt.Sprintf("%s is a word of the s6 family that berth doesn't have: say in another way what it is to do, or put the real program into the image", name)
	}
	return ""
}

// family says whether a name is one of the programs that come with s6, execline and what belongs to them.
func family(name string) bool {
	for _, prefix := range []string{"s6-", "s6lockd", "execline", "logutil-", "ucspilogd"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch name {
	case "background", "backtick", "case", "define", "dollarat", "elgetopt", "elgetpositionals", "elglob", "eltest", "emptyenv",
		"envfile", "export", "export-array", "fdblock", "fdclose", "fdmove", "fdreserve", "fdswap", "for", "forbacktick", "forbacktickx",
		"foreground", "forstdin", "forx", "getcwd", "getpid", "heredoc", "homeof", "if", "ifelse", "ifte", "ifthenelse", "import", "importas",
		"loopwhile", "loopwhilex", "multidefine", "multisubstitute", "pipeline", "piperw", "posix-cd", "posix-umask", "printcontenv",
		"redirfd", "runblock", "shift", "trap", "tryexec", "unexport", "with-contenv", "withstdinas":
		return true
	}
	return false
}
