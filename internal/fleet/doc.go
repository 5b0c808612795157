// Package fleet is the services of a spec, as they run here: it gives the supervisor its slots, starts what runs in them
// with the app's rights, environment and log, asks whether they are ready and healthy, and lets profiles come and go.
//
// The threats. A program may lie on a file system that hangs: nothing that touches one is done under a lock or on the
// supervisor's loop. The app's user owns the volume, its profiles and their state files: they are read and written with
// that user's own rights, and what they say decides about that user's own services alone. Whoever reaches a notify socket
// may write to it: only the service's own process and its group are heard. What a service leaves in its group dies
// with it, unless the spec says otherwise. Another container on the volume may run the same slots: those that take a
// lease wait for it, and what the other's run needs is left alone meanwhile.
//
// Units: durations are time.Duration, sizes bytes. Errors read "verb object: cause"; a hint comes with [boot.HintFor].
// Sources: proc(5) for oom_score_adj, statfs(2) for the kinds of file systems, sd_notify(3) for NOTIFY_SOCKET.
package fleet
