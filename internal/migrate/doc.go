// Package migrate brings a config file to the version that the image's app wants, and keeps the rest of it byte for byte.
//
// The threats. The file is somebody's only copy of settings, and peers lose its comments, its order or all of it when the
// container dies in the middle. So a file is never written out of a tree: an edit is a splice at a node's own place, the
// result is parsed again and must be the very tree that was wanted, otherwise nothing is changed. A backup lies on the disk
// before the first change, the version is written last and together with everything else in one atomic replace, and what
// fails is put back. The text is also the attacker's: whoever owns the volume wrote it and root reads it, so bytes, nodes,
// nesting and what aliases stand for are counted before they cost anything, and files are read and written through handles
// of fsx with the app user's rights.
//
// What a step does is said in a file of the image's (migrations.yaml, see [ReadSteps]), or an app brings a migrator of its
// own, which gets the same backup and the same way back.
//
// Plain scalars are read as YAML 1.1 has them (yes, on and 017 included; https://yaml.org/type/), because that is what the
// apps' own parsers do and the steps are about what the app sees. Offsets are bytes; lines end where the parser ends them,
// at LF, CR, CRLF, NEL, LS and PS.
//
// Errors read "verb object: cause". None of them ends a boot: a migration that can't be done is a warning, and the app
// starts with the file that it had.
package migrate
