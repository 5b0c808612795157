package hermes

import (
	"context"
	"errors"
	"strings"
)

const (
	buildFile = ".hermes_build_sha"
	shortSHA  = 8
)

// dump says what a report of a mistake needs of the container.
func (s *session) dump(ctx context.Context) int {
	if _, err := (form{verb: "dump"}).fill(s.Rest); err != nil {
		return s.fail(err)
	}
	s.say("build:          %s", s.build())
	s.say("install method: %s", s.method())
	sign := s.container()
	if sign == "" {
		sign = "no"
	}
	s.say("container:      %s", sign)
	s.say("home:           %s", s.Volume.Path())
	slots, err := s.slots(ctx)
	switch {
	case errors.Is(err, ErrNobody):
		s.say("supervisor:     none")
		return codeDone
	case err != nil:
		return s.fail(err)
	}
	s.say("supervisor:     %s", s.manager())
	if s.set == nil {
		return codeDone
	}
	name, err := s.target()
	if err != nil {
		return s.wrongName(err)
	}
	s.say("profile:        %s", name)
	sl, ok := find(slots, s.slot(name))
	word := "not registered"
	if ok {
		word = sl.word()
	}
	s.say("gateway:        %s (%s)%s", word, s.manager(), pid(sl))
	if sl.Verdict != "" {
		s.say("verdict:        %s", sl.Verdict)
	}
	names, by := s.gateways(slots)
	up := 0
	for _, n := range names {
		if by[n].running() {
			up++
		}
	}
	s.say("gateways:       %d up / %d", up, len(names))
	return codeDone
}

// build gives the beginning of the app's commit.
func (s *session) build() string {
	sha := firstWord(s.Tree, buildFile)
	if len(sha) < shortSHA || strings.Trim(sha, "0123456789abcdef") != "" {
		return "(unknown)"
	}
	return sha[:shortSHA]
}
