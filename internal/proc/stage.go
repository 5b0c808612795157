package proc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// StageName is argv[0] of the child stage: cmd/berth, and the TestMain of a
// package that starts commands which need the stage, call ChildStage when they
// are started under it.
const StageName = "berth-child"

// A verdict is what the child stage says: Ready just before execve, and then
// only what went wrong.
type verdict struct {
	Ready    bool
	Op, Text string
	Errno    syscall.Errno
	Hint     string
}

var (
	errStageInStage = errors.New("this program was started as a child stage and did not act as one")
	errStageDied    = errors.New("the child stage ended before it ran the program")
)

// startStage forks this binary as the child stage, gives it its orders without
// holding the mutex, and waits for execve or for the reason why not.
func (t *Table) startStage(ctx context.Context, c *Command) (*Process, error) {
	fail := func(err error) error { return &StartError{Op: OpStage, Path: c.Path, Err: err} }
	if len(os.Args) > 0 && os.Args[0] == StageName {
		return nil, fail(errStageInStage) // or a binary that doesn't know the stage would start itself for ever
	}
	path, err := self()
	if err != nil {
		return nil, fail(err)
	}
	if _, err := c.Credential.change(); err != nil {
		return nil, &StartError{Op: OpBecome, Path: c.Path, Err: err, hint: becomeHint}
	}
	first, o := 3+len(c.ExtraFiles), c.orders()
	argv := []string{StageName, strconv.Itoa(first), strconv.Itoa(first + 1)}
	var handle []int
	if no, ok := strings.CutPrefix(c.Dir, "/proc/self/fd/"); ok {
		if fd, err := strconv.Atoi(no); err == nil { // a descriptor of ours, which the stage gets as its own
			handle, argv = []int{fd}, append(argv, strconv.Itoa(first+2))
			o.Dir = []byte("/proc/self/fd/" + argv[3])
		}
	}
	data, err := json.Marshal(o)
	if err != nil {
		return nil, fail(err)
	}
	theirOrders, ourOrders, err := os.Pipe()
	if err != nil {
		return nil, fail(err)
	}
	defer func() { _ = ourOrders.Close() }()
	ourVerdict, theirVerdict, err := os.Pipe()
	if err != nil {
		_ = theirOrders.Close()
		return nil, fail(err)
	}
	defer func() { _ = ourVerdict.Close() }()

	p, err := t.fork(c, image{
		path: path, umask: -1, argv: argv,
		extra: append([]int{int(theirOrders.Fd()), int(theirVerdict.Fd())}, handle...),
	})
	_ = theirOrders.Close()
	_ = theirVerdict.Close()
	if err != nil {
		if e, ok := errors.AsType[*StartError](err); ok && e.Op == OpRun {
			e.Op = OpStage // it is our own binary that could not be run
		}
		return nil, err
	}
	if err := converse(ctx, ourOrders, ourVerdict, data, c.Path); err != nil {
		_ = p.Signal(syscall.SIGKILL) // one that has ended is left to Reap; one that hangs is killed
		return nil, err
	}
	return p, nil
}

// converse hands the orders over and reads the verdict, until ctx ends.
func converse(ctx context.Context, orders, answer *os.File, data []byte, path string) error {
	stop := context.AfterFunc(ctx, func() {
		past := time.Unix(1, 0)
		_ = orders.SetWriteDeadline(past)
		_ = answer.SetReadDeadline(past)
	})
	defer stop()
	_, err := orders.Write(data)
	if err == nil {
		err = orders.Close()
	}
	ready := false
	for decoder := json.NewDecoder(answer); err == nil; {
		var v verdict
		if err = decoder.Decode(&v); err != nil {
			break
		}
		if !v.Ready {
			return v.startError(path)
		}
		ready = true
	}
	switch {
	case ctx.Err() != nil && (!ready || !errors.Is(err, io.EOF)):
		err = ctx.Err()
	case ready && errors.Is(err, io.EOF):
		return nil // execve closed the pipe
	case errors.Is(err, io.EOF) || errors.Is(err, syscall.EPIPE):
		err = errStageDied
	}
	return &StartError{Op: OpStage, Path: path, Err: err}
}

func (v verdict) startError(path string) *StartError {
	e := &StartError{Op: v.Op, Path: path, Err: errors.New(v.Text), hint: v.Hint}
	if v.Errno != 0 {
		e.Err = v.Errno
	}
	return e
}

// ChildStage is the life of the child stage, from its orders to execve. It does
// not return.
func ChildStage() {
	os.Exit(childStage(os.Args))
}

// childStage is ChildStage up to the exit code.
func childStage(args []string) int {
	if len(args) != 3 && len(args) != 4 {
		return 125
	}
	var files [3]*os.File // orders, verdict, and the directory if it is a handle
	for n, arg := range args[1:] {
		fd, err := strconv.Atoi(arg)
		if err != nil || fd < 3 {
			return 125
		}
		unix.CloseOnExec(fd)
		files[n] = os.NewFile(uintptr(fd), "pipe")
	}
	say := func(v verdict) { _ = json.NewEncoder(files[1]).Encode(v) }
	var o orders
	if err := json.NewDecoder(files[0]).Decode(&o); err != nil {
		say(verdict{Op: OpStage, Text: "read orders: " + err.Error()})
		return 125
	}
	c := o.command()
	e := c.prepare()
	if e == nil {
		say(verdict{Ready: true})
		e = c.execute()
	}
	v := verdict{Op: e.Op, Text: e.Err.Error(), Hint: e.hint}
	if no, ok := errors.AsType[syscall.Errno](e.Err); ok {
		v.Errno = no
	}
	say(v)
	return e.Code()
}
