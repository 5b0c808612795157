package api

import "time"

// Version is which berth answers.
type Version struct {
	Version string    `json:"version" doc:"as berth version says it"`
	Pid     int       `json:"pid" doc:"of the server, as it sees itself: 1 in a container"`
	Started time.Time `json:"started" doc:"when it started; the numbers of events begin again with it"`
}

func (s *Server) version(*call, none) (Version, error) { return s.o.About, nil }
