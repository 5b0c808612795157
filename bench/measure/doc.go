// Package measure is the arithmetic of the benches: medians, a table, and what is said about targets. It knows nothing of
// processes.
//
// Units are the caller's; a table prints what it is given.
package measure
