package hermes

import (
	"context"
	"slices"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/profile"
)

// Asks says whether words may be berth's to answer, by the words alone: a front door that is called a hundred times an
// hour opens nothing for those that are not. native is the spec's main.native.
func Asks(args, native []string) bool {
	w, ok := read(args)
	return ok && w.ours(native)
}

// ours says whether a verb is one that berth knows and that the image leaves to it. The app's own help stays the app's.
func (w words) ours(native []string) bool {
	if !slices.Contains(native, w.verb) || w.help() {
		return false
	}
	second := ""
	if len(w.rest) > 0 {
		second = w.rest[0]
	}
	switch w.verb {
	case "gateway":
		return slices.Contains([]string{"run", "start", "stop", "restart", "status", "install", "uninstall"}, second)
	case "profile":
		return slices.Contains([]string{"create", "delete", "list"}, second)
	case "doctor", "dump", "setup", "update":
		return true
	}
	return false
}

// Answer answers the words of a call, or says that they are the app's: then nothing was changed, and at most one line
// says why berth leaves them.
func Answer(ctx context.Context, e Env) (code int, handled bool) {
	w, ok := read(e.Args)
	if !ok || !w.ours(e.Spec.Main.Native) {
		return codeDone, false
	}
	if e.Volume == nil {
		e.Volume = fsx.Empty("/")
	}
	s := &session{Env: &e, words: w}
	if e.Spec.Profiles != nil {
		s.set = profile.On(e.Volume, e.Spec.Profiles)
	}
	switch {
	case w.verb == "gateway" && s.set != nil && e.Spec.Services[service].PerProfile:
		return s.gateway(ctx)
	case w.verb == "profile" && s.set != nil:
		return s.profiles(ctx), true
	case w.verb == "doctor":
		return s.doctor(ctx), true
	case w.verb == "dump":
		return s.dump(ctx), true
	case w.verb == "setup":
		return s.setup(), true
	case w.verb == "update":
		return s.update()
	}
	return codeDone, false
}

// A session is one answer.
type session struct {
	*Env
	words
	set *profile.Set // nil where the image has no profiles
}
