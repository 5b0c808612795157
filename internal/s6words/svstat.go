package s6words

import (
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6dir"
)

const svstatFields = "up,wantedup,normallyup,ready,paused,pid,pgid,exitcode,signal,signum,updownsince,readysince,updownfor,readyfor"

// A state is what s6-svstat says of a service.
type state struct {
	s6dir.Status
	now        s6dir.Stamp
	normallyUp bool
}

// svstat says in what state a service is.
func svstat(c *chain.Call) int {
	number := false
	var fields []string
	complaint := ""
	rest, ok := chain.Options(c.Args, "uwNrpgesto:n", func(f byte, v string) {
		switch f {
		case 'n':
			number = true
		case 'o':
			fields, complaint = addFields(fields, v, complaint)
		default:
			fields = append(fields, letterField(f))
		}
	})
	if !ok || len(rest) == 0 {
		return c.Wrong("s6-svstat [ -uwNrpgest | -o " + svstatFields + " ] [ -n ] servicedir")
	}
	if complaint != "" {
		return c.Fail(chain.Usage, "%s", complaint)
	}
	dir := rest[0]
	on, err := s6dir.Supervised(dir)
	if err != nil {
		return c.Fail(chain.System, "look at %s: %s", dir, chain.Reason(err))
	}
	if !on {
		return c.Fail(1, "look at %s: nobody supervises it", dir)
	}
	s := state{now: s6dir.StampOf(time.Now())}
	if s.Status, err = s6dir.ReadStatus(dir); err != nil {
		return c.Fail(chain.System, "read the status of %s: %s", dir, chain.Reason(err))
	}
	if s.Changed.After(s.now) {
		s.Changed = s.now
	}
	_, err = os.Lstat(dir + "/" + s6dir.Down)
	s.normallyUp = missing(err)
	if len(fields) == 0 {
		return put(c, s.line(number))
	}
	out := make([]byte, 0, 128)
	for i, f := range fields {
		if i > 0 {
			out = append(out, ' ')
		}
		out = s.field(out, f)
	}
	return put(c, append(out, '\n'))
}

// letterField gives the field that a flag stands for.
func letterField(f byte) string {
	switch f {
	case 'u':
		return "up"
	case 'w':
		return "wantedup"
	case 'N':
		return "normallyup"
	case 'r':
		return "ready"
	case 'p':
		return "pid"
	case 'g':
		return "pgid"
	case 'e':
		return "exitcode"
	case 's':
		return "signal"
	}
	return "updownfor"
}

// addFields reads a list of fields, whose last comma need not have one behind it.
func addFields(to []string, list, complaint string) ([]string, string) {
	if list == "" {
		return to, complaint
	}
	list = strings.TrimSuffix(list, ",")
	for name := range strings.SplitSeq(list, ",") {
		if name == "" || !strings.Contains(","+svstatFields+",", ","+name+",") {
			complaint = "no field is named " + strconv.Quote(name) + "; there are " + svstatFields
		}
		to = append(to, name)
	}
	return to, complaint
}

// line is what people read, and scripts too.
func (s *state) line(number bool) []byte {
	b := make([]byte, 0, 128)
	if s.Up() {
		b = strconv.AppendInt(append(b, "up (pid "...), int64(s.Pid), 10)
	} else if w := s.WaitStatus(); w.Signaled() {
		b = append(b, "down (signal "...)
		if number {
			b = strconv.AppendInt(b, int64(w.Signal()), 10)
		} else {
			b = append(b, signalName(byte(w.Signal()))...)
		}
	} else {
		b = strconv.AppendUint(append(b, "down (exitcode "...), uint64(s.Wait>>8), 10)
	}
	b = strconv.AppendUint(append(b, ") "...), s.now.Since(s.Changed), 10)
	b = append(b, " seconds"...)
	switch {
	case s.Up() && !s.normallyUp:
		b = append(b, ", normally down"...)
	case !s.Up() && s.normallyUp:
		b = append(b, ", normally up"...)
	}
	if s.Up() && s.Paused {
		b = append(b, ", paused"...)
	}
	switch {
	case s.Up() && !s.WantUp:
		b = append(b, ", want down"...)
	case !s.Up() && s.WantUp:
		b = append(b, ", want up"...)
	}
	if s.Ready {
		b = strconv.AppendUint(append(b, ", ready "...), s.now.Since(s.ReadyAt), 10)
		b = append(b, " seconds"...)
	}
	return append(b, '\n')
}

// field writes one field behind b.
func (s *state) field(b []byte, name string) []byte {
	w := s.WaitStatus()
	number := func(known bool, n int64) []byte {
		if !known {
			n = -1
		}
		return strconv.AppendInt(b, n, 10)
	}
	switch name {
	case "up":
		return strconv.AppendBool(b, s.Up())
	case "wantedup":
		return strconv.AppendBool(b, s.WantUp)
	case "normallyup":
		return strconv.AppendBool(b, s.normallyUp)
	case "ready":
		return strconv.AppendBool(b, s.Ready && s.Pid != 0) // the line for people says it of one that is down, too
	case "paused":
		return strconv.AppendBool(b, s.Paused)
	case "pid":
		return number(s.Up(), int64(s.Pid))
	case "pgid":
		return number(s.Up(), int64(s.group()))
	case "exitcode":
		return number(!s.Up() && w.Exited(), int64(w.ExitStatus()))
	case "signum":
		return number(!s.Up() && w.Signaled(), int64(w.Signal()))
	case "signal":
		if s.Up() || !w.Signaled() {
			return append(b, "NA"...)
		}
		return append(b, signalName(byte(w.Signal()))...)
	case "updownsince":
		return append(b, s.Changed.String()...)
	case "readysince":
		return append(b, s.ReadyAt.String()...)
	case "updownfor":
		return strconv.AppendUint(b, s.now.Since(s.Changed), 10)
	}
	return strconv.AppendUint(b, s.now.Since(s.ReadyAt), 10)
}

// group gives the process group of run: what the status says, or what the kernel does.
func (s *state) group() int {
	if s.Group != 0 {
		return s.Group
	}
	if g, err := unix.Getpgid(s.Pid); err == nil {
		return g
	}
	return s.Pid
}
