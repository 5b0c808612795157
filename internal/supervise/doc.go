// Package supervise decides what runs: slots, their states, their order, their holds.
//
// The threats, first. A service that crashes at once must not burn a processor for weeks; one that was told to stay
// down must not come back; one that ignores TERM, never answers, or whose program lies on a file system that hangs
// must not hold up the others, the person at the keyboard or the end of the container. So one goroutine, the
// reconcile loop, owns every slot and never waits for anybody: what may hang (starting, signalling, probing, a
// reload, a reader of events) happens on goroutines of its own and comes back as a message, and every wait of the loop
// has a bound that ends in a state and a reason. Nothing is decided outside the loop, so there is nothing to lock.
//
// What a slot may do is one table, [Reference] prints it. The loop is level-triggered: a message changes facts, and
// each slot whose facts or neighbours changed is looked at again, from its state, what is wanted and what is so.
//
// The room makes no system calls and imports no other room: [Starter], [Process], [Prober] and [Leaser] are filled by who
// does. Time is the time package's, so that tests run half an hour of holds in none (testing/synctest).
//
// Two axes. requires: the dependant is started when all that it requires is ready (a task: done), is stopped before
// it, and waits while that is down. after: an order alone; one that isn't on its way up is not waited for.
//
// Units: time.Duration throughout; times carry the monotonic clock, but a schedule's are looked at by the wall at
// least once a minute, because the monotonic one stands still while a machine sleeps. Errors: "verb slot: cause"; a
// [Refusal] carries a hint.
//
// Sources: the states of a unit in systemd.unit(5), whose two axes every peer that merged them regrets; the crash loops
// without back-off and the endless stops of s6-overlay 3.2.
package supervise
