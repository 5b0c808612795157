package daemon

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/environ"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/shim"
	"github.com/berth-init/berth/internal/spec"
)

// source says what the children's environment is made of.
func source(w *boot.World) environ.Source {
	s := environ.Source{
		Environ: w.Environ, Set: w.Spec.Env.Set, Unset: w.Spec.Env.Unset, Path: w.Spec.Env.Path, Found: w.Find, Identity: w.Identity,
	}
	for _, seed := range w.Spec.Seed {
		if seed.Secret && seed.FromEnv != "" {
			s.Secret = append(s.Secret, seed.FromEnv)
		}
	}
	for _, reseed := range w.Spec.Reseed {
		s.Secret = append(s.Secret, reseed.FromEnv)
	}
	return s
}

// credential says as whom main runs: the app, where berth is root; itself otherwise.
func credential(w *boot.World) *proc.Credential {
	if w.EUID != 0 {
		return nil
	}
	return shim.Credential(w.Identity)
}

// command makes main's command: routed, with its environment and identity, in the working directory that the
// container was given.
func command(w *boot.World, args []string, develop bool) (*proc.Command, error) {
	env := environ.Child(source(w))
	child := boot.World{Environ: env}
	path, _ := child.Lookup("PATH")
	r := router{
		main: w.Spec.Main, command: expand(w.Spec.Main.Command, child.Lookup), path: path, as: credential(w), itself: shim.Itself,
		lenient: develop,
	}
	file, argv, err := r.route(args)
	if !develop && native(w.Spec, args) {
		file, argv, err = r.answered(args)
	}
	if err != nil {
		return nil, err
	}
	c := proc.NewCommand(file, argv)
	c.Env, c.Credential, c.Umask = env, r.as, w.Identity.Umask
	c.OnVolume = w.Path != "" && (file == w.Path || strings.HasPrefix(file, strings.TrimSuffix(w.Path, "/")+"/"))
	if takesTerminal() {
		c.Terminal = true
	} else {
		c.Session = true
	}
	return c, nil
}

// expand replaces the variables of a command's words.
func expand(words []spec.Text, lookup func(string) (string, bool)) []string {
	var all []string
	for _, word := range words {
		all = append(all, word.Expand(lookup))
	}
	return all
}

// takesTerminal says whether main gets the terminal on descriptor 0: there is one, and it is not another job's that
// berth runs behind (`berth run … &`).
func takesTerminal() bool {
	if !proc.IsTerminal(os.Stdin) {
		return false
	}
	group, err := unix.IoctlGetInt(0, unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}
