// Package front holds what the front doors share: the voice that speaks to people, the exit codes, the spec of the image, and
// becoming the app.
//
// A front door is called often (the app's own name is one), so nothing is built before it is known which door it
// is: no flags, no YAML, no maps. Exit codes are those of a shell where a program's end is meant (126, 127, 128+n,
// as POSIX sh has them) and 125 where berth itself could not do it, as the container engines say it.
package front
