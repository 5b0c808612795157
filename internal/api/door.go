package api

import (
	"fmt"
	"net/http"
	"path"
	"strings"
)

// handler puts the table behind the door.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	methods := map[string][]string{}
	for _, r := range Routes() {
		mux.HandleFunc(r.Method+" "+r.Path, func(w http.ResponseWriter, q *http.Request) {
			s.enter(w, q, func(c *call) error {
				if q.Method != r.Method { // the mux takes HEAD for GET
					return c.otherMethod([]string{r.Method})
				}
				return r.serve(s, c)
			})
		})
		methods[r.Path] = append(methods[r.Path], r.Method)
	}
	for p, allowed := range methods {
		mux.HandleFunc(p, func(w http.ResponseWriter, q *http.Request) {
			s.enter(w, q, func(c *call) error { return c.otherMethod(allowed) })
		})
	}
	lost := func(w http.ResponseWriter, q *http.Request) {
		s.enter(w, q, func(c *call) error {
			return Errorf(NoRoute, "docs/reference/api.md has the table", "find the route: there is none with this path")
		})
	}
	mux.HandleFunc("/", lost)
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		// The mux would answer an unclean path with a redirect that holds it.
		if p := q.URL.Path; !strings.HasPrefix(p, "/") || p != path.Clean(p) || q.URL.Opaque != "" {
			lost(w, q)
			return
		}
		mux.ServeHTTP(w, q)
	})
}

func (c *call) otherMethod(allowed []string) error {
	c.w.Header().Set("Allow", strings.Join(allowed, ", "))
	return Errorf(NoMethod, "use "+strings.Join(allowed, " or "), "find the route: its path takes another method")
}

// enter makes a call of a request and lets it in, or tells why not.
func (s *Server) enter(w http.ResponseWriter, r *http.Request, serve func(*call) error) {
	c := &call{w: w, r: r, write: s.http.WriteTimeout}
	defer func() {
		if v := recover(); v != nil { // one request's fault must not become PID 1's end
			if s.o.Trouble != nil {
				s.o.Trouble(fmt.Errorf("answer on the control socket: panic: %v", v))
			}
			c.hangUp()
			c.fail(Errorf(Failed, "report it, with what was asked", "answer the request: berth made a mistake"))
		}
	}()
	if err := c.admit(); err != nil {
		c.hangUp()
		c.fail(err)
		return
	}
	if err := serve(c); err != nil {
		c.fail(err)
	}
}

// admit checks what has nothing to do with the route. Nothing of the body has been read yet.
func (c *call) admit() error {
	g, ok := guestOf(c.r.Context())
	if !ok {
		return Errorf(Forbidden, "", "ask berth: the connection has no owner")
	}
	c.peer, c.rights = g.peer, g.rights
	if host := c.r.Host; host != hostName && host != "localhost" || c.r.Header.Get("Origin") != "" || c.r.Header.Get("Sec-Fetch-Site") != "" {
		return Errorf(Foreign, "talk to the socket itself: curl --unix-socket PATH http://berth/v1/status", "ask berth: the request came by way of something else")
	}
	if c.rights.none() {
		return c.forbid("")
	}
	if c.r.ContentLength > maxBody {
		return tooBig()
	}
	return nil
}

// hostName is what the client says as Host.
const hostName = "berth"
