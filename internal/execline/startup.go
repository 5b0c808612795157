package execline

import (
	"strings"

	"github.com/berth-init/berth/internal/chain"
)

// startup is what a login with execline's shell begins with: the user's own start file if there is one, else the shell.
func startup(c *chain.Call) int {
	const shell = "/etc/execline-shell"
	next := *c
	next.Set("SHELL", shell)
	home, _ := c.Get("HOME")
	if strings.HasPrefix(home, "/") {
		file := home + "/.execline-loginshell"
		if code, err := c.Try(file, append([]string{file}, c.Args...), next.Env); err == nil {
			return code
		}
	}
	return c.Become(append([]string{shell}, c.Args...), next.Env)
}
