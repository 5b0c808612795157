package hermes

import (
	"context"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/native"
	"github.com/berth-init/berth/internal/profile"
)

// Answer answers the words of a call, or says that they are the app's: then nothing was changed, and at most one line
// says why berth leaves them.
func Answer(ctx context.Context, e Env) (code int, handled bool) {
	w, ok := native.Read(e.Args)
	if !ok || !w.Ours(e.Spec.Main.Native) {
		return codeDone, false
	}
	if e.Volume == nil {
		e.Volume = fsx.Empty("/")
	}
	s := &session{Env: &e, Words: w}
	if e.Spec.Profiles != nil {
		s.set = profile.On(e.Volume, e.Spec.Profiles)
	}
	switch {
	case w.Verb == "gateway" && s.set != nil && e.Spec.Services[service].PerProfile:
		return s.gateway(ctx)
	case w.Verb == "profile" && s.set != nil:
		return s.profiles(ctx), true
	case w.Verb == "doctor":
		return s.doctor(ctx), true
	case w.Verb == "dump":
		return s.dump(ctx), true
	case w.Verb == "setup":
		return s.setup(), true
	case w.Verb == "update":
		return s.update()
	}
	return codeDone, false
}

// A session is one answer.
type session struct {
	*Env
	native.Words
	set *profile.Set // nil where the image has no profiles
}
