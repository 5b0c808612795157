// Package chain is what programs have in common that do one thing and then become the next program, as s6's and
// execline's do: how they read their flags, how they say that something went wrong, how they become what comes next.
//
// The threats. Such a program runs with its caller's rights, and scripts of images put one in front of the other: a flag
// that is read otherwise than the real one reads it, or a code that differs, changes what a container does. What comes next
// is looked for along PATH as [proc.LookPath] does: elements that are empty or relative are passed over.
//
// Errors go to the descriptor 2 that the program was given, as "NAME: fatal: what: why". Exit codes are those of the real
// programs: 100 the words were wrong, 111 the system refused, 126 and 127 what comes next can't be run or isn't there.
// Sources: execline's and s6's pages on exit codes and chain loading; getopt(3) for flags.
package chain
