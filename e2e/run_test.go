package e2e

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
)

// A demand is what `docker run` asks the engine for. Its fields and theirs have the engine's names.
type demand struct {
	Image                                              string
	Cmd                                                []string `json:",omitempty"`
	Entrypoint                                         []string `json:",omitempty"`
	Env                                                []string
	User, WorkingDir                                   string
	AttachStdin, AttachStdout, AttachStderr, OpenStdin bool
	StdinOnce, NetworkDisabled                         bool
	Healthcheck                                        *struct{ Test []string } `json:",omitempty"`
	HostConfig                                         struct {
		AutoRemove, ReadonlyRootfs       bool
		Init                             *bool `json:",omitempty"` // absent is what the engine is set to
		Binds, CapAdd, CapDrop, GroupAdd []string
		Tmpfs, Sysctls                   map[string]string
		NetworkMode, PidMode             string
	}

	name     string
	detached bool
}

// readRun reads the words of `docker run`; errNotHere for what the tests say seldom.
func readRun(words []string) (d demand, err error) {
	host := &d.HostConfig
	for len(words) > 0 && strings.HasPrefix(words[0], "-") {
		flag, value, joined := strings.Cut(words[0], "=")
		words = words[1:]
		var is *bool
		switch flag {
		case "-d":
			is = &d.detached
		case "-i":
			is = &d.OpenStdin
		case "--rm":
			is = &host.AutoRemove
		case "--init":
			host.Init = new(bool)
			is = host.Init
		case "--read-only":
			is = &host.ReadonlyRootfs
		case "--no-healthcheck":
			is = new(bool)
			d.Healthcheck = &struct{ Test []string }{[]string{"NONE"}}
		}
		if is != nil {
			if joined {
				return d, errNotHere
			}
			*is = true
			continue
		}
		if !joined {
			if len(words) == 0 {
				return d, errNotHere
			}
			value, words = words[0], words[1:]
		}
		if !d.take(flag, value) {
			return d, errNotHere
		}
	}
	// Where no network was refused the client knows which one there is.
	if len(words) == 0 || !d.NetworkDisabled || !d.alone() {
		return d, errNotHere
	}
	d.Image, d.Cmd = words[0], words[1:]
	d.AttachStdout, d.AttachStderr = !d.detached, !d.detached
	d.AttachStdin, d.StdinOnce = d.OpenStdin && !d.detached, d.OpenStdin && !d.detached
	return d, nil
}

// take takes an option with a value, if it knows it.
func (d *demand) take(flag, value string) bool {
	host := &d.HostConfig
	switch flag {
	case "--name":
		d.name = value
	case "--network":
		d.NetworkDisabled, host.NetworkMode = value == "none", value
		return d.NetworkDisabled
	case "-e", "--env":
		d.Env = append(d.Env, value)
		return strings.Contains(value, "=")
	case "-v", "--volume":
		host.Binds = append(host.Binds, value)
		return strings.Contains(value, ":")
	case "--tmpfs":
		path, options, _ := strings.Cut(value, ":")
		if host.Tmpfs == nil {
			host.Tmpfs = map[string]string{}
		}
		host.Tmpfs[path] = options
	case "--user", "-u":
		d.User = value
	case "--entrypoint":
		d.Entrypoint = []string{value}
	case "--workdir", "-w":
		d.WorkingDir = value
	case "--cap-add":
		host.CapAdd = append(host.CapAdd, value)
	case "--cap-drop":
		host.CapDrop = append(host.CapDrop, value)
	case "--group-add":
		host.GroupAdd = append(host.GroupAdd, value)
	case "--pid":
		host.PidMode = value
	default:
		return false
	}
	return true
}

// nameFiles are the mounts of the files that an engine makes for a container in a network of none: the keeper's.
var nameFiles atomic.Pointer[[]string]

// alone gives a container the network that --network none gives it, for less: an engine makes that one by starting its own
// program twice, which costs more than the rest of a container's start. Without it the runtime makes a namespace with the same
// in it, lo; what else the engine does to it, and its names of hosts, are asked for.
func (d *demand) alone() bool {
	files := nameFiles.Load()
	if files == nil {
		return false
	}
	d.HostConfig.Binds = append(d.HostConfig.Binds, *files...)
	if _, err := os.Stat("/proc/sys/net/ipv6"); err == nil {
		d.HostConfig.Sysctls = map[string]string{"net.ipv6.conf.all.disable_ipv6": "1", "net.ipv6.conf.default.disable_ipv6": "1"}
	}
	return true
}

// runDirectly runs a container as `docker run` does: to its end, or detached until it has started.
func runDirectly(ctx context.Context, stdin string, words []string) (result, error) {
	d, err := readRun(words)
	if err != nil {
		return result{}, err
	}
	var made struct{ Id string }
	if err := ask(ctx, http.MethodPost, "/containers/create?name="+url.QueryEscape(d.name), &d, &made); err != nil {
		if _, ok := errors.AsType[*refused](err); ok {
			return result{}, errNotHere // an image that has to be fetched, say; the client has words and codes for them all
		}
		return result{}, err
	}
	begin := func() (result, error) {
		err := ask(ctx, http.MethodPost, "/containers/"+made.Id+"/start", nil, nil)
		if no, ok := errors.AsType[*refused](err); ok {
			return result{err: "docker: " + no.Error() + "\n", code: codeOf(no.text)}, nil
		}
		return result{out: made.Id + "\n"}, err
	}
	if d.detached {
		return begin()
	}
	query := "?stream=1&stdout=1&stderr=1"
	if d.OpenStdin {
		query += "&stdin=1"
	}
	conn, from, err := hijack(ctx, "/containers/"+made.Id+"/attach"+query, "")
	if err != nil {
		return result{}, err
	}
	defer func() { _ = conn.Close() }()
	// Who asks for a container's end before its start can't miss it.
	condition := "next-exit"
	if d.HostConfig.AutoRemove {
		condition = "removed"
	}
	end, err := call(ctx, http.MethodPost, "/containers/"+made.Id+"/wait?condition="+condition, nil)
	if err != nil {
		return result{}, err
	}
	defer func() { _ = end.Body.Close() }()
	if r, err := begin(); err != nil || r.code != 0 {
		return r, err
	}
	var r result
	if r.out, r.err, err = converse(ctx, conn, from, stdin, d.OpenStdin); err != nil {
		return r, err
	}
	r.code, err = codeIn(end.Body)
	return r, err
}

// codeOf gives the client's exit code where a container didn't start.
func codeOf(refusal string) int {
	switch {
	case strings.Contains(refusal, "executable file not found"), strings.Contains(refusal, syscall.ENOENT.Error()):
		return 127
	case strings.Contains(refusal, syscall.EACCES.Error()), strings.Contains(refusal, syscall.EISDIR.Error()):
		return 126
	}
	return 125
}

// codeIn reads the answer to a wait.
func codeIn(body io.Reader) (int, error) {
	var ended struct {
		StatusCode int
		Error      *struct{ Message string }
	}
	err := decode(body, &ended)
	if err == nil && ended.Error != nil {
		err = errors.New(ended.Error.Message)
	}
	return ended.StatusCode, err
}
