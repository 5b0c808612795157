package execline

import (
	"errors"

	"github.com/berth-init/berth/internal/chain"
)

// errUsage says that the words of a substituting command are wrong.
var errUsage = errors.New("wrong words")

// A source is a command that substitutes: it reads its words, adds the variables that it defines to a list, and gives the
// words that follow. multisubstitute takes several before it substitutes once.
type source func(c *chain.Call, args []string, vars *[]variable) (rest []string, err error)

// A refusal is an error with a code of its own.
type refusal struct {
	code int
	says string
}

func (r refusal) Error() string { return r.says }

// sourceOf gives the source of a name, or nil.
func sourceOf(name string) source {
	switch name {
	case "define":
		return defineSource
	case "importas":
		return importasSource
	case "elglob":
		return elglobSource
	case "elgetpositionals":
		return elgetpositionalsSource
	case "multidefine":
		return multidefineSource
	}
	return nil
}

// substituting is the life of a command that substitutes and becomes what follows.
func substituting(c *chain.Call, from source, usage string) int {
	var vars []variable
	rest, err := from(c, c.Args, &vars)
	if code := refused(c, err, usage); code != 0 {
		return code
	}
	return become(c, rest, vars, c.Env)
}

// become substitutes in words and becomes them.
func become(c *chain.Call, words []string, vars []variable, env []string) int {
	argv, err := substitute(words, vars)
	if err != nil {
		return c.Fail(chain.System, "unable to substitute: %s", chain.Reason(err))
	}
	return c.Become(argv, env)
}

// refused says what was wrong with a source, and gives the code for it, or 0.
func refused(c *chain.Call, err error, usage string) int {
	if err == nil {
		return 0
	}
	if errors.Is(err, errUsage) {
		return c.Wrong(usage)
	}
	if r, ok := errors.AsType[refusal](err); ok {
		return c.Fail(r.code, "%s", r.says)
	}
	return c.Fail(chain.System, "unable to substitute: %s", chain.Reason(err))
}

// key says whether something can be a key. One that no word can name is none to the purpose, but does no harm.
func key(name string) error {
	if name == "" {
		return refusal{chain.System, "bad substitution key: it is empty"}
	}
	return nil
}
