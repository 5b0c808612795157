package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"text/template"
	"time"
)

// The engine is asked for what the tests do most often on its socket: to start the docker client costs more than all that
// the engine does for most of it, and there are thousands of calls. What isn't here, the client does.

// errNotHere says that the client has to do it.
var errNotHere = errors.New("the client does this")

// refused is the engine's own word.
type refused struct{ text string }

func (r *refused) Error() string { return "Error response from daemon: " + r.text }

func dialEngine(ctx context.Context) (net.Conn, error) {
	path, unix := strings.CutPrefix(os.Getenv("DOCKER_HOST"), "unix://")
	if !unix {
		return nil, errNotHere
	}
	return new(net.Dialer).DialContext(ctx, "unix", path)
}

var engine = http.Client{Transport: &http.Transport{
	DialContext:         func(ctx context.Context, _, _ string) (net.Conn, error) { return dialEngine(ctx) },
	MaxIdleConnsPerHost: 8,
}}

// call makes one request; the answer's body is the caller's to close.
func call(ctx context.Context, method, path string, body any) (*http.Response, error) {
	var data io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		data = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://engine"+path, data)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := engine.Do(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= 400 {
		return nil, refusal(answer)
	}
	return answer, nil
}

func refusal(answer *http.Response) error {
	defer func() { _ = answer.Body.Close() }()
	var said struct{ Message string }
	text, err := io.ReadAll(answer.Body)
	if err != nil || json.Unmarshal(text, &said) != nil {
		said.Message = answer.Status + " " + string(text)
	}
	return &refused{said.Message}
}

// ask decodes the answer to one request; into may be nil.
func ask(ctx context.Context, method, path string, body, into any) error {
	answer, err := call(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if into == nil {
		_, err = io.Copy(io.Discard, answer.Body)
		return err
	}
	return decode(answer.Body, into)
}

func decode(from io.Reader, into any) error {
	d := json.NewDecoder(from)
	d.UseNumber()
	return d.Decode(into)
}

// apart takes the engine's mixed stream of a container without a terminal apart: 8 bytes before each piece, the stream's
// number and the length.
func apart(from io.Reader, out, err io.Writer) error {
	var head [8]byte
	for {
		if _, e := io.ReadFull(from, head[:]); e != nil {
			if errors.Is(e, io.EOF) {
				return nil
			}
			return e
		}
		to := out
		if head[0] == 2 {
			to = err
		}
		if _, e := io.CopyN(to, from, int64(binary.BigEndian.Uint32(head[4:]))); e != nil {
			return e
		}
	}
}

// An order is a command that is executed in a container.
type order struct {
	container, user, dir string
	env, command         []string
	fed                  bool
}

// readOrder reads the words of `docker exec`.
func readOrder(words []string) (o order, err error) {
	for len(words) > 0 && strings.HasPrefix(words[0], "-") {
		flag, value, joined := strings.Cut(words[0], "=")
		words = words[1:]
		if flag == "-i" {
			o.fed = true
			continue
		}
		if !joined {
			if len(words) == 0 {
				return o, errNotHere
			}
			value, words = words[0], words[1:]
		}
		switch flag {
		case "--user", "-u":
			o.user = value
		case "-e", "--env":
			if !strings.Contains(value, "=") {
				return o, errNotHere
			}
			o.env = append(o.env, value)
		case "-w", "--workdir":
			o.dir = value
		default:
			return o, errNotHere
		}
	}
	if len(words) < 2 {
		return o, errNotHere
	}
	o.container, o.command = words[0], words[1:]
	return o, nil
}

// execute runs a command in a container.
func execute(ctx context.Context, stdin string, words []string) (result, error) {
	o, err := readOrder(words)
	if err != nil {
		return result{}, err
	}
	var made struct{ Id string }
	if err := ask(ctx, http.MethodPost, "/containers/"+o.container+"/exec", map[string]any{
		"AttachStdin": o.fed, "AttachStdout": true, "AttachStderr": true, "User": o.user, "WorkingDir": o.dir, "Env": o.env, "Cmd": o.command,
	}, &made); err != nil {
		return result{}, err
	}
	conn, from, err := hijack(ctx, "/exec/"+made.Id+"/start", `{"Detach":false,"Tty":false}`)
	if err != nil {
		return result{}, err
	}
	out, errs, err := converse(ctx, conn, from, stdin, o.fed)
	if err != nil {
		return result{}, err
	}
	r := result{out: out, err: errs}
	for {
		var state struct {
			Running  bool
			ExitCode *int
		}
		if err := ask(ctx, http.MethodGet, "/exec/"+made.Id+"/json", nil, &state); err != nil {
			return r, err
		}
		if !state.Running && state.ExitCode != nil {
			r.code = *state.ExitCode
			return r, nil
		}
		select {
		case <-ctx.Done():
			return r, ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// converse is at the other end of a command's streams until it has closed them.
func converse(ctx context.Context, conn net.Conn, from io.Reader, stdin string, fed bool) (stdout, stderr string, err error) {
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if fed {
		go func() {
			_, _ = io.WriteString(conn, stdin)
			if half, ok := conn.(interface{ CloseWrite() error }); ok {
				_ = half.CloseWrite()
			}
		}()
	}
	var out, errs strings.Builder
	err = apart(from, &out, &errs)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return out.String(), errs.String(), err
}

// hijack makes a request, and gives the connection that is a command's streams from then on.
func hijack(ctx context.Context, path, body string) (net.Conn, *bufio.Reader, error) {
	conn, err := dialEngine(ctx)
	if err != nil {
		return nil, nil, err
	}
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
	from := bufio.NewReader(conn)
	if err == nil {
		var answer *http.Response
		if answer, err = http.ReadResponse(from, nil); err == nil && answer.StatusCode >= 400 { //nolint:bodyclose // it is the connection
			err = refusal(answer)
		}
	}
	if err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	return conn, from, nil
}

// logs gives what a container wrote.
func logs(ctx context.Context, id string) (result, error) {
	answer, err := call(ctx, http.MethodGet, "/containers/"+id+"/logs?stdout=1&stderr=1", nil)
	if err != nil {
		return result{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	var out, errs strings.Builder
	err = apart(answer.Body, &out, &errs)
	return result{out: out.String(), err: errs.String()}, err
}

// stdoutOf copies what a container writes on stdout until it ends.
func stdoutOf(ctx context.Context, id string, to io.Writer) error {
	answer, err := call(ctx, http.MethodGet, "/containers/"+id+"/logs?stdout=1&follow=1", nil)
	if errors.Is(err, errNotHere) {
		cmd := exec.CommandContext(ctx, "docker", "logs", "-f", id)
		cmd.Stdout = to
		return cmd.Run()
	}
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	return apart(answer.Body, to, io.Discard)
}

// inspect gives a thing of the engine's through a template, as the client does.
func inspect(ctx context.Context, path, format string) (result, error) {
	var thing map[string]any
	if err := ask(ctx, http.MethodGet, path, nil, &thing); err != nil {
		return result{}, err
	}
	t, err := template.New("").Option("missingkey=error").Funcs(template.FuncMap{"json": func(v any) (string, error) {
		text, err := json.Marshal(v)
		return string(text), err
	}}).Parse(format)
	if err != nil {
		return result{}, errNotHere
	}
	var out strings.Builder
	if err := t.Execute(&out, thing); err != nil {
		return result{}, errNotHere
	}
	return result{out: out.String() + "\n"}, nil
}

// directly does on the socket what it can; errNotHere for the rest.
func directly(ctx context.Context, stdin string, args []string) (result, error) {
	post := func(path string) (result, error) { return result{}, ask(ctx, http.MethodPost, path, nil, nil) }
	words := strings.Join(args[:len(args)-1], " ")
	last := args[len(args)-1]
	switch {
	case args[0] == "exec":
		return execute(ctx, stdin, args[1:])
	case args[0] == "run":
		return runDirectly(ctx, stdin, args[1:])
	case words == "logs":
		return logs(ctx, last)
	case len(args) == 4 && args[0] == "inspect" && args[1] == "--format":
		r, err := inspect(ctx, "/containers/"+last+"/json", args[2])
		if _, ok := errors.AsType[*refused](err); ok {
			return r, errNotHere // an image, say
		}
		return r, err
	case len(args) == 5 && args[0] == "image" && args[1] == "inspect" && args[2] == "--format":
		return inspect(ctx, "/images/"+last+"/json", args[3])
	case len(args) == 5 && args[0] == "volume" && args[1] == "inspect" && args[2] == "--format":
		return inspect(ctx, "/volumes/"+last, args[3])
	case words == "volume create":
		return result{out: last + "\n"}, ask(ctx, http.MethodPost, "/volumes/create", map[string]string{"Name": last}, nil)
	case words == "volume rm -f":
		return result{}, ask(ctx, http.MethodDelete, "/volumes/"+last+"?force=1", nil, nil)
	case words == "rm -f -v":
		return result{}, ask(ctx, http.MethodDelete, "/containers/"+last+"?force=1&v=1", nil, nil)
	case words == "rm -f":
		return result{}, ask(ctx, http.MethodDelete, "/containers/"+last+"?force=1", nil, nil)
	case words == "rm":
		return result{}, ask(ctx, http.MethodDelete, "/containers/"+last, nil, nil)
	case words == "kill":
		return post("/containers/" + last + "/kill")
	case words == "start", words == "restart", words == "stop":
		return post("/containers/" + last + "/" + words)
	case len(args) == 4 && args[0] == "stop" && args[1] == "-t":
		return post("/containers/" + last + "/stop?t=" + url.QueryEscape(args[2]))
	case len(args) == 4 && args[0] == "kill" && args[1] == "-s":
		return post("/containers/" + last + "/kill?signal=" + url.QueryEscape(args[2]))
	case words == "wait":
		var ended struct{ StatusCode int }
		err := ask(ctx, http.MethodPost, "/containers/"+last+"/wait", nil, &ended)
		return result{out: fmt.Sprintln(ended.StatusCode)}, err
	}
	return result{}, errNotHere
}
