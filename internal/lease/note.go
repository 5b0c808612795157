package lease

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A note says in a lease's file who holds it. It is from outside: whoever may write the file may write anything.
type note struct {
	Container string `json:"container"` // its host name, which is what engines show of it
	Boot      string `json:"boot"`      // tells one life of a container from the next
	Since     string `json:"since"`
	File      uint64 `json:"file"`     // the inode that it was written to: a copy is nobody's lease
	Count     uint64 `json:"count"`    // grows with each renewal, where there are any
	Released  bool   `json:"released"` // given back
}

// read reads a note; one that isn't whole is none. What is behind its line is left of a longer one.
func read(unsafeText string) (note, bool) {
	var n note
	line, _, _ := strings.Cut(unsafeText, "\n")
	if json.Unmarshal([]byte(line), &n) != nil || n.Boot == "" {
		return note{}, false
	}
	return n, true
}

func (n note) text() string {
	data, _ := json.Marshal(n) // strings, numbers and a truth can always be written
	return string(data) + "\n"
}

// How the words for those who wait begin, where they aren't [note.holder]'s.
const (
	somebody = "somebody holds its lease ("
	newFile  = "its lease's file"
)

// Elsewhere reads the words that one who waits was told, or that Held gives: whether they say that somebody else has the
// lease, and which container, if its name is one that may be typed behind a command. It is from outside all the same.
func Elsewhere(why string) (container string, is bool) {
	rest, named := strings.CutPrefix(why, "container ")
	if !named {
		return "", strings.HasPrefix(why, somebody)
	}
	container, _, _ = strings.Cut(rest, " ")
	for i := range len(container) {
		c := container[i]
		if letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'; !letter && (i == 0 || !strings.ContainsRune("-._", rune(c))) {
			return "", true
		}
	}
	return container, true
}

// holder names who a note says that holds the lease.
func (n note) holder() string {
	since := "an unknown time"
	if t, err := time.Parse(time.RFC3339, n.Since); err == nil {
		since = t.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("container %s (boot %s) holds its lease since %s", name(n.Container), name(n.Boot), since)
}

// maxName bounds what is shown of a name.
const maxName = 64

// name makes one plain word of a stranger's.
func name(unsafeText string) string {
	short := unsafeText[:min(len(unsafeText), maxName)]
	q := strconv.QuoteToASCII(short)
	if q == `"`+short+`"` && short != "" && !strings.ContainsAny(short, " ()") {
		return short
	}
	return q
}
