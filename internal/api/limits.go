package api

import (
	"fmt"
	"strconv"
	"time"
)

// What one request may cost. A request of real use has a few hundred bytes.
const (
	maxBody   = 256 << 10 // bytes; a thousand long slot names are 70 KiB
	maxHeader = 16 << 10  // bytes, query included; net/http adds 4 KiB of slack
	maxSlots  = 4096      // names in one request
	maxName   = 255       // bytes of a slot's or profile's name
	maxTail   = 1 << 20   // lines that are asked for at once

	headerTime = 5 * time.Second  // for a request's first bytes
	bodyTime   = 10 * time.Second // for the whole of it
	writeTime  = 10 * time.Second // for one answer, or one write of a stream
	idleTime   = 30 * time.Second // between two requests

	quickTime   = 10 * time.Second // for an order that doesn't wait
	defaultWait = time.Minute      // for one that waits and doesn't say how long
	maxWait     = 24 * time.Hour
)

// How many connections there may be: a user that opens more sees them closed. Root's are not counted among the others',
// so that nobody can keep root out.
const (
	maxRoot      = 64
	maxPerUser   = 64
	maxStrangers = 16 // of users without any right, all together
	maxOthers    = 256
)

// bounds tells the bounds to people.
func bounds() [][2]string {
	return [][2]string{
		{"a request's head", fmt.Sprintf("%d KiB", maxHeader>>10)},
		{"a request's body", fmt.Sprintf("%d KiB; more is refused unread", maxBody>>10)},
		{"names in a request", strconv.Itoa(maxSlots)},
		{"the time for a request's head, and for the whole of it", headerTime.String() + ", " + bodyTime.String()},
		{"the time for a write of an answer", writeTime.String()},
		{"an idle connection's life", idleTime.String()},
		{"connections of one user", strconv.Itoa(maxPerUser)},
		{"connections of users without any right, all together", strconv.Itoa(maxStrangers)},
		{"connections of all users but root", strconv.Itoa(maxOthers)},
		{"connections of root", strconv.Itoa(maxRoot)},
	}
}
