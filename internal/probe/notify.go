package probe

import (
	"bytes"
	"errors"
	"fmt"
)

// MostMessage is how long a notify message may be, in bytes.
const MostMessage = 4096

// A Message is what a service says about itself, after sd_notify(3). Everything else that the protocol knows is ignored:
// MAINPID, because berth knows whom it started; the stores of descriptors, because none is received.
type Message struct {
	Ready     bool
	Reloading bool
	Stopping  bool
	Status    string // for people, one line
	HasStatus bool   // an empty status takes the last one back
}

var (
	errEmpty = errors.New("it is empty")
	errLong  = errors.New("it is longer than 4096 bytes")
	errBytes = errors.New("it holds a zero byte")
)

// ParseMessage reads a datagram: assignments, one a line. What isn't known is skipped; of a word said twice the last
// counts.
func ParseMessage(datagram []byte) (Message, error) {
	datagram = bytes.TrimRight(datagram, "\n\x00") // some send their string's end along
	var err error
	switch {
	case len(datagram) == 0:
		err = errEmpty
	case len(datagram) > MostMessage:
		err = errLong
	case bytes.IndexByte(datagram, 0) >= 0:
		err = errBytes
	}
	if err != nil {
		return Message{}, fmt.Errorf("read notify message: %w", err)
	}
	var m Message
	for line := range bytes.SplitSeq(datagram, []byte("\n")) {
		key, value, ok := bytes.Cut(line, []byte("="))
		if !ok {
			continue
		}
		yes := string(value) == "1"
		switch string(key) {
		case "READY":
			m.Ready = yes
		case "RELOADING":
			m.Reloading = yes
		case "STOPPING":
			m.Stopping = yes
		case "STATUS":
			m.Status, m.HasStatus = clean(string(value), mostWords), true
		}
	}
	return m, nil
}
