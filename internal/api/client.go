package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"time"
)

// A Client asks the server. Each question has a connection of its own: it is cheap, and nothing is left to be cleaned up.
// net/http writes the question and reads the answer; its Transport, which pools and retries, isn't needed.
type Client struct {
	getenv func(string) string
	self   uint32
	roots  roots
}

// NewClient makes a client that looks for the socket when it is asked something.
func NewClient(getenv func(string) string) *Client {
	return &Client{getenv: getenv, self: uint32(os.Geteuid()), roots: standard()}
}

// maxAnswer bounds what is read of one answer. It is believed, but may be long.
const maxAnswer = 64 << 20

// ask asks a question that is answered once.
func ask[A any](ctx context.Context, c *Client, name string, q any) (A, error) {
	var a A
	data, err := c.bytes(ctx, name, q)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(data, &a); err != nil {
		return a, Errorf(Failed, "are the client and the server the same berth? `berth version` tells", "read the answer: %w", err)
	}
	return a, nil
}

// bytes gives the JSON of an answer that is no refusal.
func (c *Client) bytes(ctx context.Context, name string, q any) ([]byte, error) {
	patience := quickTime
	if p, ok := q.(interface{ patience() time.Duration }); ok {
		patience = p.patience() + quickTime // the server's own bound comes first and has better words
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	res, err := c.send(ctx, name, q)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	var data bytes.Buffer
	data.Grow(int(max(0, min(res.ContentLength, maxAnswer))) + bytes.MinRead)
	if _, err := data.ReadFrom(io.LimitReader(res.Body, maxAnswer)); err != nil {
		return nil, broken(ctx, err)
	}
	return data.Bytes(), refusal(res.StatusCode, data.Bytes())
}

// listen asks a question that is answered line by line.
func listen[L any](ctx context.Context, c *Client, name string, q any, each func(L) error) error {
	res, err := c.send(ctx, name, q)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		data, _ := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
		return refusal(res.StatusCode, data)
	}
	d := json.NewDecoder(res.Body)
	for {
		var raw json.RawMessage
		if err := d.Decode(&raw); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return broken(ctx, err)
		}
		if bytes.HasPrefix(raw, []byte(`{"error":`)) { // it came too late for a status
			return refusal(http.StatusInternalServerError, raw)
		}
		var line L
		if err := json.Unmarshal(raw, &line); err != nil {
			return Errorf(Failed, "are the client and the server the same berth? `berth version` tells", "read the answer: %w", err)
		}
		if err := each(line); err != nil {
			return err
		}
	}
}

// refusal gives the error that an answer is, or nil.
func refusal(status int, data []byte) error {
	if status == http.StatusOK {
		return nil
	}
	e := &Error{}
	err := json.Unmarshal(data, e)
	switch {
	case err == nil && e.Code != "":
		return e
	case err == nil && status == http.StatusServiceUnavailable:
		return nil // the answer no
	}
	return Errorf(Failed, "", "ask berth: the answer is a bare %d", status)
}

// broken says how a conversation broke off.
func broken(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		if errors.Is(cause, context.DeadlineExceeded) {
			return Errorf(Timeout, "look at the container's log, or ask again", "ask berth: no answer in time: %w", cause)
		}
		return cause
	}
	return Errorf(Failed, "ask again; if it goes on, this user has too many connections open, or the container is being stopped",
		"ask berth: it hung up: %w", err)
}

// send sends a question and gives the head of the answer. The route is found by its name in the table. Closing the
// answer's body closes the connection.
func (c *Client) send(ctx context.Context, name string, q any) (*http.Response, error) {
	req, err := request(ctx, name, q)
	if err != nil {
		return nil, err
	}
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	// Whatever waits on the connection wakes up when ctx ends.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	werr := req.Write(conn)
	// A server that refuses early answers and hangs up while we still write: its answer counts.
	res, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err != nil {
		stop()
		_ = conn.Close()
		return nil, broken(ctx, errors.Join(werr, err))
	}
	res.Body = &body{ReadCloser: res.Body, conn: conn, stop: stop}
	return res, nil
}

// body is an answer's body with the connection that it comes from.
type body struct {
	io.ReadCloser
	conn net.Conn
	stop func() bool
}

func (b *body) Close() error {
	b.stop()
	return b.conn.Close()
}

// request makes a question of a route's name.
func request(ctx context.Context, name string, q any) (*http.Request, error) {
	routes := Routes()
	i := slices.IndexFunc(routes, func(r Route) bool { return r.Name == name })
	r := routes[i]
	u := url.URL{Scheme: "http", Host: hostName, Path: r.Path}
	var body io.Reader
	if r.Method == http.MethodGet {
		u.RawQuery = encodeQuery(q).Encode()
	} else {
		data, err := json.Marshal(q)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, u.String(), body)
	if err != nil {
		return nil, err
	}
	req.Close = true
	req.Header.Set("User-Agent", hostName)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}
