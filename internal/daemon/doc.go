// Package daemon is the life of PID 1: prepare the container, run main, pass signals on, stop, end with main's code.
// Signals end here: nobody else reads them.
//
// The threats. As PID 1 a signal without a handler is lost and an exit takes every process along, so signals are
// caught before anything else and nothing in here ends the process: [Run] returns a code. Outside a pid namespace of
// its own (--pid=host, `berth run`) strangers are near: only descendants are ever signalled, by way of proc's table.
//
// Units: exit codes as POSIX sh has them (128+n for signal n); the stop's budget is a duration (BERTH_STOP_TIMEOUT,
// 9 s unless set: one second below the ten that engines give before they kill).
// Errors: a [boot.Failure] has a code and a hint, a [Stopped] says which signal ended berth before main ran.
package daemon
