package api

import (
	"net/http"
	"reflect"
)

// A Route is one line of the table: what the server serves, the client asks, and the documents tell.
type Route struct {
	Method string
	Path   string
	May    May
	Name   string       // of the handler and of the client's method
	Asks   reflect.Type // the query of a GET, the JSON body of a POST
	Tells  reflect.Type // the JSON answer; of a stream, each of its lines
	Stream bool
	Doc    string

	serve func(*Server, *call) error
}

// Routes gives the table.
func Routes() []Route {
	const get, post = http.MethodGet, http.MethodPost
	return []Route{
		answering(get, "/v1/version", Guests, "Version", (*Server).version,
			"Which berth answers, and since when."),
		answering(get, "/v1/status", Seers, "Status", (*Server).status,
			"The state of every slot, or of those that are named."),
		answering(get, "/v1/ready", Seers, "Ready", (*Server).ready,
			"Whether the container is ready: status 200 for yes, 503 for no, with the reasons."),
		answering(post, "/v1/start", Controllers, "Start", (*Server).start,
			"Want the slots up, from now on and after the container's next start too."),
		answering(post, "/v1/stop", Controllers, "Stop", (*Server).stop,
			"Want the slots down, from now on and after the container's next start too."),
		answering(post, "/v1/restart", Controllers, "Restart", (*Server).restart,
			"End what runs in the slots and start it again; a slot that is down is started."),
		answering(post, "/v1/reload", Controllers, "Reload", (*Server).reload,
			"Have what runs in the slots read its configuration again, as their services say."),
		streaming(get, "/v1/events", Seers, "Events", (*Server).events,
			"What happened, oldest first: one event a line. `after` resumes; `follow` stays."),
		streaming(get, "/v1/logs", Seers, "Logs", (*Server).logs,
			"The last lines of the slots' logs, across rotations: one line of the log a line. `follow` stays."),
		streaming(post, "/v1/heal", Owners, "Heal", (*Server).heal,
			"Look at everything on the volume that the spec lists, and hand over what doesn't belong to the app's user: how far it is, line by line, and at last what came of it. Who hangs up ends it."),
		answering(get, "/v1/profiles", Owners, "Profiles", (*Server).profiles,
			"The profiles and the slots that each has."),
		answering(post, "/v1/profiles/register", Owners, "Register", (*Server).register,
			"Give a profile's directory its slots, down, without waiting for the next look at the volume."),
		answering(post, "/v1/profiles/unregister", Owners, "Unregister", (*Server).unregister,
			"Stop a profile's slots and take them away; its directory stays."),
	}
}

// none is asked or told where there is nothing to say.
type none struct{}

// answering makes a route that answers once. Its types are the handler's own.
func answering[Q, A any](method, path string, may May, name string, serve func(*Server, *call, Q) (A, error), doc string) Route {
	return Route{
		Method: method, Path: path, May: may, Name: name, Doc: doc, Asks: reflect.TypeFor[Q](), Tells: reflect.TypeFor[A](),
		serve: func(s *Server, c *call) error {
			q, err := read[Q](c, may)
			if err != nil {
				return err
			}
			a, err := serve(s, c, q)
			if err != nil {
				return err
			}
			return c.answer(a)
		},
	}
}

// streaming makes a route that answers line by line.
func streaming[Q, L any](method, path string, may May, name string, serve func(*Server, *call, Q, func(...L) error) error, doc string) Route {
	return Route{
		Method: method, Path: path, May: may, Name: name, Doc: doc, Asks: reflect.TypeFor[Q](), Tells: reflect.TypeFor[L](), Stream: true,
		serve: func(s *Server, c *call) error {
			q, err := read[Q](c, may)
			if err != nil {
				return err
			}
			c.patience(0)
			return c.streamed(serve(s, c, q, func(lines ...L) error { return send(c, lines) }))
		},
	}
}

// naming is a question that names slots: the table's rights are held against them.
type naming interface{ named() []string }

// read reads a question and holds the route's rights against it, before a handler sees it.
func read[Q any](c *call, may May) (Q, error) {
	var q Q
	if refused, ok := may.allows(c.rights, nil); !ok {
		return q, c.forbid(refused)
	}
	if err := c.read(&q); err != nil {
		return q, err
	}
	if n, ok := any(q).(naming); ok {
		if err := checkNames(n.named()); err != nil {
			return q, err
		}
		if refused, ok := may.allows(c.rights, n.named()); !ok {
			return q, c.forbid(refused)
		}
	}
	return q, nil
}
