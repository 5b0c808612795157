// Package s6words is the words by which scripts of images drive s6, each in a file of its own: s6-svc, s6-svstat, with-contenv,
// s6-setuidgid and their kin. They behave as the real ones of s6 2.11 and 2.12 do, flag by flag and code by code; what they
// say when something is wrong is in berth's own words, behind the same "NAME: fatal: ".
//
// The threats. A word runs with its caller's rights, and its caller is often root, while the directory that it looks at
// belongs to the app's user: nothing that he puts there makes a word wait for ever, read without an end, or write into a file that
// he chose. Names of users are looked up by each call, because images move them while they run. A word that has become
// somebody else is one thread of Go's that has: it executes what comes next and never calls it in this process.
//
// Nothing is built on the way to a word: [Find] is one switch. Sources: the programs' pages; the programs themselves, which
// the tests run beside these.
package s6words
