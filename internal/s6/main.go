package s6

import (
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/berth-init/berth/internal/daemon"
	"github.com/berth-init/berth/internal/proc"
)

// Main gives main's command: what S6_CMD_ARG0 says, then the container's words. It has the container's environment, as scripts
// changed it, with /command in front of PATH: s6-overlay gives PATH alone, which nobody ever wanted.
func (p *plugin) Main(words []string, route func(words []string) (*proc.Command, error)) (*proc.Command, error) {
	words = slices.Concat(p.settings.CmdArg0, words)
	if len(words) == 0 && len(p.host.World.Spec.Main.Command) == 0 {
		return nil, nil //nolint:nilnil // the services are what the container is for
	}
	c, err := route(words)
	if err != nil {
		p.Ended(codeOf(err))
		return nil, err
	}
	set, unset := p.at.changed(p.host.World.Environ)
	c.Env = p.at.announce(overlay(c.Env, set, unset))
	if p.settings.Logging > 1 && !p.settings.CmdUseTerminal {
		if out := p.logger.output(); out != nil {
			c.Stdout, c.Stderr = out, out
		}
	}
	return c, nil
}

// Ended makes main's code the container's, unless something else says otherwise before the end.
func (p *plugin) Ended(code int) {
	if p.at != nil {
		_ = p.at.file(exitcodeFile, strconv.Itoa(code)+"\n")
	}
}

// Code gives what the file of the exit code says when nothing runs any more: scripts write there, and where nobody did a
// container that was told to stop ends with 0.
func (p *plugin) Code(code int) int {
	if p.settings.SyncDisks {
		syncDisks()
	}
	if p.at == nil {
		return code
	}
	data, _, err := p.at.dir.Read(exitcodeFile, 64)
	if err != nil {
		return code
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil || n < 0 {
		return code
	}
	return n & 0xff
}

// Hears says what a signal means: TERM and its like stop the container, HUP has the scan directory looked at; all of them may
// be main's, if it asked for them.
func (p *plugin) Hears(sig syscall.Signal) daemon.Hearing {
	if p.settings.CmdReceiveSignals {
		switch sig {
		case syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGINT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGPWR, syscall.SIGWINCH:
			return daemon.Passes
		}
	}
	switch sig {
	case syscall.SIGTERM, syscall.SIGINT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGPWR:
		return daemon.Stops
	case syscall.SIGHUP:
		if p.room != nil {
			go p.room.Rescan()
		}
		return daemon.Nothing
	case syscall.SIGQUIT, syscall.SIGWINCH:
		return daemon.Nothing
	}
	return daemon.Usual
}
