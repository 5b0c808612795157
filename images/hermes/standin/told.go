package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

// untilTold is the life of a server that is up: it ends by a signal, and drains, or by itself, if that is wished. USR1
// asks for a restart; a second signal ends the draining.
func (a *app) untilTold(name string, drain func()) (code int, again bool) {
	for i := range max(0, a.number("flood")) {
		fmt.Fprintf(a.out, "%s: flood %d\n", name, i+1)
	}
	var ticks, over <-chan time.Time
	if every := a.length("talk"); every > 0 {
		t := time.NewTicker(every)
		defer t.Stop()
		ticks = t.C
	}
	code, crash := a.exitAsked(), a.knob("crash") == "1"
	if code >= 0 || crash {
		t := time.NewTimer(a.length("after"))
		defer t.Stop()
		over = t.C
	}
	for tick := 1; ; {
		select {
		case <-ticks:
			fmt.Fprintf(a.out, "%s: tick %d\n", name, tick)
			tick++
		case <-over:
			if crash {
				a.die()
				over = nil // the kernel does it
				continue
			}
			return code, code == codeAgain
		case s := <-a.signals:
			if s == syscall.SIGUSR1 {
				return a.drained(drain, codeAgain), true
			}
			if a.ends(s) {
				return a.drained(drain, 0), false
			}
		}
	}
}

// ends says whether a signal ends a server.
func (a *app) ends(s os.Signal) bool {
	return (s == syscall.SIGTERM || s == syscall.SIGINT) && a.knob("stubborn") != "1"
}

// drained ends what is going on, for as long as that takes or a second signal comes.
func (a *app) drained(drain func(), code int) int {
	drain()
	length := a.length("drain")
	if length == 0 {
		return code
	}
	timer := time.NewTimer(length)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return code
		case s := <-a.signals:
			if a.ends(s) {
				return code
			}
		}
	}
}
