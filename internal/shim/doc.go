// Package shim is the way into the app under its own name: what the last boot wrote down about it, the environment, the identity
// and the program that this process becomes.
//
// The threats. Who calls is often root (docker exec): what it types must not leave root's files on the volume, so root becomes the
// app's user unless it asks not to, and only a record of root's is believed. A file that a variable names is read with the caller's
// rights, and never from the volume, which would hand the app what only root may read. And berth bears the app's name, first on
// PATH: a search that found berth again would start it for ever.
//
// Errors are a [*failure.Failure] or a [*proc.StartError]. It happens before main where it can (internal/early), hence nothing
// heavy is imported.
package shim
