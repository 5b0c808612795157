package proc

import "runtime"

// Become gives this thread another identity for good, and keeps the goroutine on it: for a program that does one thing
// and then becomes the next one, and never for PID 1. What other threads do, they do as before.
func Become(as *Credential) error {
	runtime.LockOSThread()
	if err := as.become(); err != nil {
		return &StartError{Op: OpBecome, Path: "itself", Err: err, hint: becomeHint}
	}
	return nil
}
