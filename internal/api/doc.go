// Package api is the conversation on the control socket: HTTP with JSON, served by PID 1 and asked by every front door.
//
// The server is root, or the app's user where there is no root. Whoever can reach the socket may talk to it, and the
// app's own user is an attacker too: it may ask for anything, endlessly, from ten thousand connections. So the kernel
// says who asks (SO_PEERCRED, unix(7)), never the request. Root and the app's user may do everything; the spec may let
// others see or control services by name; everybody else is told why not, and nothing else. What a request costs is
// bounded before it is read: see the constants in limits.go. Connections are counted by user, so that nobody's keep
// root's out.
//
// The client doesn't believe a socket by its path either: whoever answers must be PID 1, root or the caller's own user.
//
// The routes are one table ([Routes]), from which the mux, the client, docs/reference/openapi.json and
// docs/reference/api.md come. A resource is two files, x.go and x_client.go; its wire types stand in the first. What
// there is to say comes through interfaces that the daemon fills: [Supervisor], [Events], [Logs], [Profiles],
// [Healer], [Recorder].
//
// No part of a request's path, host or header comes back in an answer. Host must be "berth" or "localhost", and a
// request with the header Origin is a web page's: both are refused, for the day that somebody forwards the socket to a
// port.
//
// Units: times are RFC 3339 in UTC, durations whole milliseconds, names UTF-8. Errors are [Error]: a text of the form
// "verb object: cause", what to do next, and a code for programs.
package api
