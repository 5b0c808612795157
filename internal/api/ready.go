package api

import (
	"net/http"
	"slices"
)

// Ready is the answer to the container's health check.
type Ready struct {
	Ready   bool     `json:"ready" doc:"every slot that is wanted up is ready, and none that has a health check is unhealthy"`
	Reasons []Reason `json:"reasons" doc:"what stands in the way; of the slots that the caller may see"`
}

// A Reason is a slot that stands in the way of ready.
type Reason struct {
	Slot string `json:"slot" doc:"the slot's name; empty for the container as a whole"`
	Why  string `json:"why" doc:"in words"`
}

func (s *Server) ready(c *call, _ none) (Ready, error) {
	r := s.o.Supervisor.Ready()
	if !r.Ready {
		c.status = http.StatusServiceUnavailable
	}
	r.Reasons = append([]Reason{}, r.Reasons...)
	r.Reasons = slices.DeleteFunc(r.Reasons, func(w Reason) bool { return !c.rights.all && !c.rights.sees(w.Slot) })
	return r, nil
}
