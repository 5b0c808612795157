package boot

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/identity"
	"github.com/berth-init/berth/internal/spec"
)

// SafePath is the PATH of hooks that run as root: nothing of the volume's, nothing of the app's.
const SafePath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

const defaultHookTimeout = 30 * time.Second

// A Starter runs the program of a hook and waits for its end.
type Starter interface {
	// RunHook gives the program's exit code, or an error if it could not be started or was killed for its time limit.
	RunHook(ctx context.Context, call HookCall) (code int, err error)
}

// A HookCall is one run of a hook. No shell is asked to read any of it.
type HookCall struct {
	Name    string
	Command []string // for root: [0] is an absolute path that is root's own up to /
	// Env is the whole environment of a hook that runs as root. For the app's it is what comes on top of the environment
	// that the app's children get.
	Env      []string
	Dir      string
	AsRoot   bool
	Identity identity.Identity // whose rights it has, unless AsRoot
	Timeout  time.Duration     // killed with its group after this
}

// Hooks makes the phase that runs the hooks of one point of the boot. A hook runs at each boot, so that it is no step: a plan
// only says that it would run.
func Hooks(point spec.HookPoint, start Starter) Phase {
	return Func("hooks "+string(point), func(ctx context.Context, r *Run) error {
		for i, h := range r.World.Spec.Hooks {
			if h.At != point {
				continue
			}
			if h.Name == "" {
				h.Name = "hook " + strconv.Itoa(i+1)
			}
			if err := r.hook(ctx, h, start); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *Run) hook(ctx context.Context, h spec.Hook, start Starter) error {
	call, err := r.World.hookCall(h)
	if errors.Is(err, errNotRoot) {
		r.Warn("start the container as root, or let the hook run as the app", "%s was left out: %v", Word(h.Name), err)
		return nil
	}
	if err != nil {
		return r.hookFailed(h, err)
	}
	who := "the app's user"
	if call.AsRoot {
		who = "root"
	}
	if r.planning {
		r.Inform("would run %s (%s) as %s: %s", Word(h.Name), h.At, who, Word(call.Command[0]))
		return nil
	}
	code, err := start.RunHook(ctx, call)
	if err == nil && code != 0 {
		err = fmt.Errorf("it ended with code %d", code)
	}
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return r.hookFailed(h, err)
	}
	r.Inform("ran %s (%s) as %s", Word(h.Name), h.At, who)
	return nil
}

// hookFailed does what the hook's failure policy says. What a plan sees of a failure, it tells.
func (r *Run) hookFailed(h spec.Hook, err error) error {
	if h.Failure == spec.FailStop {
		return Failf(125, "the spec says on-failure: stop; mend the hook, or say on-failure: warn", "run %s (%s): %w", Word(h.Name), h.At, err)
	}
	hint := HintFor(err)
	if hint == "" {
		hint = "run it by hand in the container to see what it says, or give it more time (timeout)"
	}
	r.Warn(hint, "run %s (%s): %v", Word(h.Name), h.At, err)
	return nil
}

var errNotRoot = errors.New("it asks for root, and berth isn't root here")

func (w *World) hookCall(h spec.Hook) (HookCall, error) {
	call := HookCall{
		Name: h.Name, AsRoot: h.As == spec.AsRoot, Identity: w.Identity, Dir: "/",
		Timeout: h.Timeout.Or(defaultHookTimeout),
	}
	for _, t := range h.Command {
		call.Command = append(call.Command, t.Expand(w.Lookup))
	}
	if len(call.Command) == 0 || call.Command[0] == "" {
		return call, errors.New("its command is empty")
	}
	if call.AsRoot {
		if w.EUID != 0 {
			return call, errNotRoot
		}
		program, err := w.rootProgram(call.Command[0])
		call.Command[0], call.Env = program, w.rootHookEnv(h)
		return call, err
	}
	call.Env = w.hookEnv(h)
	if w.Volume != nil {
		call.Dir = w.Path
	}
	if w.EUID != 0 {
		call.Identity.UID, call.Identity.GID = w.EUID, w.EGID
	}
	if call.Identity.UID == 0 {
		// Nobody has said yet who the app is: running the hook now would run it as root.
		return call, Failf(125, "let it run at after-identity or later, or as: root", "at %s it isn't known yet who the app is", h.At)
	}
	return call, nil
}

// hookEnv tells a hook where it is.
func (w *World) hookEnv(h spec.Hook) []string {
	env := []string{"BERTH_HOOK=" + string(h.At)}
	if w.Path != "" {
		env = append(env, "BERTH_VOLUME="+w.Path)
	}
	if w.Identity.UID != 0 {
		env = append(env, fmt.Sprintf("BERTH_UID=%d", w.Identity.UID), fmt.Sprintf("BERTH_GID=%d", w.Identity.GID))
	}
	return env
}

// rootHookEnv gives root's hooks the container's variables, less those that make programs load code: an image may point
// them at the volume, for the app. The list is sudo's (sudoers(5), env_delete).
func (w *World) rootHookEnv(h spec.Hook) []string {
	env := []string{"PATH=" + SafePath, "HOME=/", "USER=root", "LOGNAME=root", "SHELL=/bin/sh"}
	for _, e := range w.Environ {
		name, value, ok := strings.Cut(e, "=")
		if ok && !loadsCode(name) && !strings.HasPrefix(value, "()") {
			env = append(env, e)
		}
	}
	return append(env, w.hookEnv(h)...)
}

func loadsCode(name string) bool {
	for _, prefix := range []string{"LD_", "_RLD", "DYLD_", "PYTHON", "PERL", "RUBY", "NODE_", "GIT_", "BASH_FUNC_", "BERTH_HOOK"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch name {
	case "PATH", "HOME", "USER", "LOGNAME", "SHELL", "IFS", "CDPATH", "ENV", "BASH_ENV", "BASHOPTS", "SHELLOPTS", "PS4", "GLOBIGNORE",
		"LOCALDOMAIN", "RES_OPTIONS", "HOSTALIASES", "NLSPATH", "PATH_LOCALE", "GCONV_PATH", "LOCPATH", "TERMINFO", "TERMINFO_DIRS",
		"TERMPATH", "TERMCAP", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "FPATH", "NULLCMD", "READNULLCMD", "ZDOTDIR", "TMPPREFIX",
		"OPENSSL_CONF", "XDG_CONFIG_HOME", "XDG_DATA_HOME":
		return true
	}
	return false
}

// rootProgram gives the path of a program that root may run: the one named by an absolute path, or the first of that
// name on SafePath.
func (w *World) rootProgram(name string) (string, error) {
	if path.IsAbs(name) {
		return rootsOwn(w.Root, name)
	}
	if strings.ContainsRune(name, '/') {
		return "", Failf(125, "give an absolute path", "%s is a relative path", Word(name))
	}
	for dir := range strings.SplitSeq(SafePath, ":") {
		p, err := rootsOwn(w.Root, dir+"/"+name)
		if err == nil || !notThere(err) {
			return p, err
		}
	}
	return "", Failf(125, "give its absolute path, or put it into the image there", "find %s on %s: not found", Word(name), SafePath)
}
