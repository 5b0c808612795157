package hermes

import "fmt"

// maxRemarks is what a person reads.
const maxRemarks = 10

// remarks are what there is to say about a copy once it is made: what is said while another's rights are worn would
// hold them up.
type remarks struct {
	lines []string
	more  int
}

func (r *remarks) say(format string, args ...any) {
	if len(r.lines) == maxRemarks {
		r.more++
		return
	}
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

// leave says what isn't in the copy.
func (r *remarks) leave(what string, why error) { r.say("%q is not in the copy: %v", what, why) }

// tell tells them.
func (r *remarks) tell(e *Env) {
	if r == nil {
		return
	}
	for _, line := range r.lines {
		e.tell("", "%s", line)
	}
	if r.more > 0 {
		e.tell("", "%d more of these", r.more)
	}
}
