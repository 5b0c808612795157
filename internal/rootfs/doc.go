// Package rootfs makes the image's own root directory right for the uid that the app is to have: the guard against
// a uid that nobody prepared, the account in /etc/passwd and /etc/group, the groups of sockets and devices, and the
// install trees. Everything is reached through the handle boot.World.Root, so a test gives a directory of its own.
//
// The sources of its rules are passwd(5), group(5), capabilities(7) and openat2(2). Phases return a *boot.Failure with
// the container's exit code, or note what is degraded and go on.
package rootfs
