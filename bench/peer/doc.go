// Package peer knows how each supervisor is told to run N services, and how it is asked about them: berth, the ones that
// Debian has, and the floor. A new one is a function from a [Job] to a [Plan] and a line in [All].
//
// Each is set up as its users do it, with what helps it most where there is a choice that costs its users nothing. Loggers
// keep ten files of 1 MB of each service.
package peer
