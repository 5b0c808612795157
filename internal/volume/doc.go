// Package volume makes the data volume right: the phases that take it, hand it to the app's user, and fill it.
//
// The attacker is the app's own user, who owns the volume and runs at any moment. So every phase looks through handles of
// fsx, changes what it has pinned, and does with the app user's own rights what need not be root. A link is never
// followed, a mount point crossed only where the spec names it, a file with other names never re-owned.
//
// Names are relative to the volume, owners are numbers, modes are the low twelve bits. An error ends the boot and is a
// [boot.Failure] with code 125 (1 where an adopted user is refused); what the file system or a rule refuses is noted and
// the boot goes on.
//
// A phase leaves for the later ones of its run what they must know: World.Path, Volume, ReadOnly and Lock, World.Seeded,
// and in a plan World.Laid, because a boot would find there what a plan can't.
package volume
