package boot

import (
	"fmt"
	"strings"
	"syscall"

	"github.com/berth-init/berth/internal/fsx"
)

// maxNamed is how many targets a line names before it counts: as many as fit a terminal's line or two.
const maxNamed = 8

// A refusal gathers the targets that were refused for one cause, so that a thousand files are one line.
type refusal struct {
	verb, cause, hint string
	first             []string // as they may stand in a line
	unsafe            []string // as they are
	n                 int
}

// Refuse records that a change was refused; the run goes on. Refusals of one verb and cause are told as one line
// when the phase ends.
func (r *Run) Refuse(verb, target string, err error) {
	cause := Cause(err)
	key := verb + "\x00" + cause
	if r.refused == nil {
		r.refused = map[string]*refusal{}
	}
	f := r.refused[key]
	if f == nil {
		f = &refusal{verb: verb, cause: cause, hint: refusalHint(verb, err)}
		r.refused[key] = f
		r.order = append(r.order, key)
	}
	f.n++
	if len(f.first) < maxNamed {
		f.first, f.unsafe = append(f.first, Word(target)), append(f.unsafe, target)
	}
}

// flushRefusals tells the refusals of the phase that ended, one line for each verb and cause.
func (r *Run) flushRefusals() {
	for _, key := range r.order {
		f := r.refused[key]
		targets := strings.Join(f.first, ", ")
		if f.n > len(f.first) {
			targets += fmt.Sprintf(" and %d more", f.n-len(f.first))
		}
		text := fmt.Sprintf("%s %s: refused: %s", f.verb, targets, f.cause)
		switch {
		case f.cause == Cause(fsx.ErrSymlink):
			text = fmt.Sprintf("refusing %s through symlinked path %s", f.verb, targets)
		case f.verb == "chown" && f.cause == syscall.EPERM.Error():
			text = fmt.Sprintf("chown failed (rootless container?): %s: %s", targets, f.cause) + r.anyway(f)
		case f.verb == "chown" && (f.cause == syscall.EACCES.Error() || f.cause == syscall.EROFS.Error() || f.cause == syscall.EINVAL.Error()):
			text += r.anyway(f)
		}
		r.note(Note{Level: Refusal, Text: text, Hint: f.hint, Target: f.first[0]})
	}
	r.refused, r.order = nil, nil
}

// anyway says whether the app can do without a change of owners.
func (r *Run) anyway(f *refusal) string {
	if r.Usable == nil {
		return ""
	}
	var out []string
	for i, target := range f.unsafe {
		if !r.Usable(target) {
			out = append(out, f.first[i])
		}
	}
	switch {
	case len(out) == 0:
		return "; the app can read and write there all the same"
	case len(out) == len(f.first):
		return "; and the app can't read and write there"
	}
	return "; and the app can't read and write " + strings.Join(out, ", ")
}
