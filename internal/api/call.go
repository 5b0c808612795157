package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"time"
)

// A call is one request on its way.
type call struct {
	w      http.ResponseWriter
	r      *http.Request
	peer   Peer
	rights rights
	write  time.Duration // what one write may take
	status int           // of the answer, where it isn't 200
	begun  bool          // something was sent
	out    bytes.Buffer
}

// read reads the question of a route: the query of a GET, the body of anything else. Both are strict: who misspells
// `wait` must not be told that it was done.
func (c *call) read(into any) error {
	if c.r.Method == http.MethodGet {
		if c.r.ContentLength != 0 {
			c.hangUp()
			return Errorf(Usage, "put the question into the query", "read the request: a GET has no body here")
		}
		values, err := queryOf(c.r)
		if err != nil {
			return err
		}
		return decodeQuery(values, into)
	}
	if c.r.URL.RawQuery != "" {
		return Errorf(Usage, "put the question into the body, as JSON", "read the request: a POST has no query here")
	}
	if media, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		c.hangUp()
		return Errorf(NoJSON, "send it with Content-Type: application/json", "read the request: its body isn't declared as JSON")
	}
	return c.decode(into)
}

func (c *call) decode(into any) error {
	d := json.NewDecoder(http.MaxBytesReader(c.w, c.r.Body, maxBody))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			if err = more; err == nil {
				err = errors.New("something stands behind the value")
			}
		}
	}
	if err == nil {
		return nil
	}
	c.hangUp()
	if _, big := errors.AsType[*http.MaxBytesError](err); big {
		return tooBig()
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return Errorf(Slow, "send the whole request at once", "read the request: its body didn't come in time")
	}
	text := err.Error()
	return Errorf(Usage, "docs/reference/api.md shows what each route asks", "read the request: %s", text[:min(len(text), 200)])
}

func tooBig() *Error {
	return Errorf(TooBig, "a request has at most "+strconv.Itoa(maxBody>>10)+" KiB", "read the request: it is too big")
}

// hangUp ends the connection after the answer: what is left of the request isn't worth reading.
func (c *call) hangUp() { c.w.Header().Set("Connection", "close") }

// patience lets the connection live as long as a handler may take; 0 is without end. Each write has a bound of its own.
func (c *call) patience(handler time.Duration) {
	rc := http.NewResponseController(c.w)
	_ = rc.SetReadDeadline(time.Time{}) // net/http reads on, to see the caller go
	if handler > 0 {
		_ = rc.SetWriteDeadline(time.Now().Add(handler + c.write))
	}
}

// answer sends a value.
func (c *call) answer(value any) error {
	if st, ok := value.(Status); ok {
		c.out.Grow(len(st.Services) * 256)
		c.out.Write(append(st.append(c.out.AvailableBuffer()), '\n'))
	} else if err := json.NewEncoder(&c.out).Encode(value); err != nil {
		return err
	}
	c.w.Header().Set("Content-Length", strconv.Itoa(c.out.Len()))
	c.head("application/json", c.status)
	_ = http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(c.write))
	_, _ = c.w.Write(c.out.Bytes()) // the caller went; there is nobody to tell
	return nil
}

func (c *call) head(media string, status int) {
	h := c.w.Header()
	h.Set("Content-Type", media)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if !c.begun {
		c.begun = true
		c.w.WriteHeader(max(status, http.StatusOK))
	}
}

// fail sends an error. Behind the first line of a stream it is the last line.
func (c *call) fail(err error) {
	e := wire(err)
	if !c.rights.all && e.Code == UnknownSlot { // the nearest name may be one that this caller mustn't know
		e = Errorf(UnknownSlot, "`berth status` shows what you may see", "%s", e.Text)
	}
	if c.begun {
		_ = send(c, []*Error{e})
		return
	}
	c.out.Reset()
	c.status = e.Code.Status()
	_ = c.answer(e)
}

// forbid is the refusal of a right, of everything if no slot is named.
func (c *call) forbid(unsafeSlot string) *Error {
	uid := strconv.FormatUint(uint64(c.peer.UID), 10)
	hint := "ask as root or as the app's user, or let uid " + uid + " in under control.allow in berth.yaml"
	if unsafeSlot == "" {
		return Errorf(Forbidden, hint, "ask berth: uid %s may not", uid)
	}
	return Errorf(Forbidden, hint, "ask about %q: uid %s may not", unsafeSlot, uid)
}

// send sends lines of a stream, as one write.
func send[L any](c *call, lines []L) error {
	c.out.Reset()
	e := json.NewEncoder(&c.out)
	for i := range lines {
		if err := e.Encode(lines[i]); err != nil {
			return err
		}
	}
	c.head(streamType, http.StatusOK)
	rc := http.NewResponseController(c.w)
	if err := rc.SetWriteDeadline(time.Now().Add(c.write)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := c.w.Write(c.out.Bytes()); err != nil {
		return err
	}
	if err := rc.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// streamType is the media type of a stream: JSON values, each on a line of its own.
const streamType = "application/x-ndjson"

// streamed ends a stream that was not refused: one without a line has a head at least.
func (c *call) streamed(err error) error {
	if err == nil {
		c.head(streamType, http.StatusOK)
	}
	return err
}
