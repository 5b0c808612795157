package daemon

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/supervise"
)

// A Plugin brings services that no spec declares, with a boot and an end of their own, into the life of one container: an
// image made for another init. What the spec says holds beside it.
//
// All of its methods but Hold and Shutdown return soon; these two return when their contexts end.
type Plugin interface {
	// Phases run behind the spec's own, before the hooks before-main. They must not take the plugin for begun.
	Phases(h Host) []boot.Phase
	// Begin starts its services and doesn't wait for them.
	Begin(h Host) error
	// Hold waits until main may start. An error ends the container instead.
	Hold(ctx context.Context) error
	// Main gives main's command; route says what words mean. nil is none: the container goes on until it is told to stop.
	Main(words []string, route func(words []string) (*proc.Command, error)) (*proc.Command, error)
	// Ended hears of main's end, if nobody asked for it, before anything else is stopped.
	Ended(code int)
	// Hears says what a signal means.
	Hears(sig syscall.Signal) Hearing
	// Supervisor gives who keeps its slots; not before Begin.
	Supervisor() *supervise.Supervisor
	// Processes gives what it runs now and stops itself.
	Processes() []*proc.Process
	// Shutdown stops everything of its own, and does what is to be done at the end, within ctx.
	Shutdown(ctx context.Context) error
	// Grace is how long what is left after that gets before it is killed; 0: the rest of the stop's budget.
	Grace() time.Duration
	// Code gives the container's exit code where berth would end with code, when nothing runs any more.
	Code(code int) int
	// Close gives back what it holds.
	Close(ctx context.Context) error
}

// Host is what a plugin is given to live by.
type Host struct {
	World  *boot.World
	Table  *proc.Table
	Sink   supervise.Sink  // wants to hear every event of its supervisor
	Budget time.Duration   // of the whole stop
	Tell   func(boot.Note) // never nil
	Stop   func()          // stops the container, as TERM does
}

// A Hearing is what a signal to the container means.
type Hearing int

// The hearings.
const (
	Passes  Hearing = iota // it is main's, even TERM; before main is there it means what it means without a plugin
	Usual                  // what it means without a plugin
	Stops                  // it stops the container
	Nothing                // the plugin has heard it, and that is all
)

// host gives what the plugin lives by.
func (l *life) host(w *boot.World) Host {
	return Host{
		World: w, Table: l.table, Sink: sink{l}, Budget: l.budget, Tell: l.o.tell,
		Stop: l.stopForPlugin,
	}
}

// stopForPlugin stops the container, whoever signals are for.
func (l *life) stopForPlugin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.halt = true
	l.act(syscall.SIGTERM, Usual)
}

// halted says whether an error is the stop that the plugin asked for, before main ran: the code is the plugin's then, too.
func (l *life) halted(err error) bool {
	_, stopped := errors.AsType[*Stopped](err)
	l.mu.Lock()
	defer l.mu.Unlock()
	return stopped && l.halt
}

// hold begins the plugin, waits until main may start, and gives main's command.
func (l *life) hold(ctx context.Context) (*proc.Command, error) {
	p := l.o.Plugin
	if err := p.Begin(l.host(l.world)); err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.services.plugin = p
	l.mu.Unlock()
	l.heal()
	go l.listen() // what runs before main may ask, too
	if err := p.Hold(ctx); err != nil {
		return nil, err
	}
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	if l.redirect != nil {
		return nil, nil //nolint:nilnil // main became a service
	}
	return p.Main(l.o.Args, func(words []string) (*proc.Command, error) {
		return command(l.world, words, l.o.Develop != "")
	})
}

// means says what a signal means here, and as which one it counts; l.mu is held.
func (l *life) means(sig syscall.Signal) (syscall.Signal, Hearing) {
	if l.o.Plugin == nil {
		return sig, Usual
	}
	h := l.o.Plugin.Hears(sig)
	if h == Stops {
		return syscall.SIGTERM, Usual
	}
	return sig, h
}
