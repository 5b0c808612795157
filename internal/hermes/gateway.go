package hermes

import (
	"context"
	"errors"
)

// gateway answers the words about the gateways.
func (s *session) gateway(ctx context.Context) (code int, handled bool) {
	verb, rest := s.Rest[0], s.Rest[1:]
	if verb == "run" {
		return s.run(ctx, rest)
	}
	slots, err := s.slots(ctx)
	if errors.Is(err, ErrNobody) {
		return s.alone(verb)
	}
	if err != nil {
		return s.fail(err), true
	}
	if verb == "install" || verb == "uninstall" {
		return s.informs(), true
	}
	f, err := gatewayForm(verb).fill(rest)
	if err != nil {
		return s.fail(err), true
	}
	all := f.has("--all")
	switch {
	case verb == "status" && all:
		s.statusAll(slots)
		return codeDone, true
	case verb == "status":
		return s.status(slots), true
	case verb == "start" && all:
		return s.fail(usagef("start each by its name: hermes -p PROFILE gateway start", "--all is for stop, restart and status")), true
	case verb == "start":
		return s.start(ctx, slots, f.has("--force")), true
	case all:
		return s.all(ctx, verb, slots), true
	case verb == "stop":
		return s.stop(ctx, slots), true
	default:
		return s.restart(ctx, slots, f.has("--force")), true
	}
}

// gatewayForm says what may stand behind a verb. --system, --deep, --full and -l mean something to the app's own
// supervisors on a host and nothing here: who types them out of habit isn't stopped.
func gatewayForm(verb string) form {
	f := form{verb: "gateway " + verb, switches: []string{"--all"}}
	switch verb {
	case "start", "restart":
		f.switches = append(f.switches, "--force", "--system")
	case "stop":
		f.switches = append(f.switches, "--system")
	case "status":
		f.switches = append(f.switches, "--deep", "--full", "-l", "--system")
	}
	return f
}

// alone answers where nobody supervises. On a host the app knows what to do; in a container its own supervisors
// can't be.
func (s *session) alone(verb string) (code int, handled bool) {
	if where := s.container(); where == "" {
		s.tell("", "no container and no supervisor here: the app's own `gateway %s` answers", verb)
		return codeDone, false
	}
	if verb == "install" || verb == "uninstall" {
		s.say("A service is not needed in a container: let the engine restart it (docker run --restart unless-stopped).")
		return codeDone, true
	}
	return s.nobody(), true
}

// informs says what takes the place of installing a service.
func (s *session) informs() int {
	s.say("Nothing to do: in this container gateways are registered automatically, on `hermes profile create`,")
	s.say("and removed on `hermes profile delete`. `hermes gateway start` and `hermes gateway stop` are all it takes.")
	return codeDone
}
