package s6log

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// A step is one selection, or one action with what the directives in front of it say.
type step struct {
	kind  byte           // '+' '-' 'f' select; '1' '2' '=' '/' act
	match *regexp.Regexp // of a selection; nil is every line

	tai, iso bool   // stamps in front of the line
	prefix   string // behind them, with its space
	limit    int    // bytes of an alert or a status; 0 is no limit
	path     string // of a status
	dir      *logdir
	last     []byte // of a status: the latest line that hasn't been written
}

// A script is what the directives say.
type script struct {
	steps  []step
	dirs   []*logdir
	single bool // each line has to go through all steps before the next one does
}

// rules are the settings of the directives that hold until they are given again.
type rules struct {
	count, size, tolerance, alert, status uint64
	total                                 uint64
	cooldown                              uint64
	tai, iso                              bool
	prefix                                string
	processor                             []string
}

const (
	smallest, largest = 4096, 1<<28 - 1 // of an archive's size
)

// check looks at the directives' first letters only. The real program does so before it reads any, so that of two wrong ones
// it may say the second.
func check(words []string) (trailing bool, err error) {
	acts := false
	for _, w := range words {
		switch {
		case w == "" || !strings.ContainsRune("+-f12=./tTnsSlrE^p!?", rune(w[0])):
			return false, fmt.Errorf("unrecognized directive: %s", w)
		case len(w) > 1 && strings.ContainsRune("ftT12", rune(w[0])) || w == "=":
			return false, fmt.Errorf("syntax error at directive: %s", w)
		}
		switch w[0] {
		case '1', '2', '=', '.', '/':
			acts, trailing = true, false
		case '+', '-', 'f':
			trailing = true
		}
	}
	if !acts {
		return false, errors.New("no action directive specified")
	}
	return trailing, nil
}

// parse reads directives that were checked. Nothing is looked at on disk.
func parse(words []string) (*script, error) {
	s := &script{}
	r := rules{count: 10, size: 99999, tolerance: 2000, alert: 200, status: 1001, cooldown: 2000}
	acts := map[byte]int{}
	for _, w := range words {
		switch w[0] {
		case '+', '-', 'f':
			match, err := compile(w)
			if err != nil {
				return nil, fmt.Errorf("unrecognized directive: %s: %w", w, err)
			}
			s.steps = append(s.steps, step{kind: w[0], match: match})
			s.single = true
		case '1', '2', '=', '.', '/':
			s.act(w, &r)
			acts[w[0]]++
		default:
			if err := r.set(w); err != nil {
				return nil, err
			}
		}
	}
	s.single = s.single || acts['1'] > 1 || acts['2'] > 1
	return s, nil
}

// act adds an action. Stamps are for one action, all else holds on.
func (s *script) act(w string, r *rules) {
	one := step{kind: w[0], tai: r.tai, iso: r.iso, prefix: r.prefix}
	switch w[0] {
	case '2':
		one.limit = int(r.alert) //nolint:gosec // it has 32 bits
	case '=':
		one.limit, one.path = int(r.status), w[1:] //nolint:gosec // it has 32 bits
	case '.', '/':
		one.kind, one.dir = '/', newLogdir(w, r)
		s.dirs = append(s.dirs, one.dir)
	}
	r.tai, r.iso = false, false
	s.steps = append(s.steps, one)
}

// set reads a directive that holds for later actions.
func (r *rules) set(w string) error {
	number := func(to *uint64, most uint64) error {
		n, err := strconv.ParseUint(w[1:], 10, 64)
		if err != nil || n > most {
			return fmt.Errorf("unrecognized directive: %s", w)
		}
		*to = n
		return nil
	}
	switch w[0] {
	case 't':
		r.tai = true
	case 'T':
		r.iso = true
	case 'n':
		return number(&r.count, math.MaxUint32)
	case 's':
		err := number(&r.size, math.MaxUint32)
		r.size = min(max(r.size, smallest), largest)
		return err
	case 'S':
		return number(&r.total, math.MaxUint64)
	case 'l':
		if err := number(&r.tolerance, math.MaxUint32); err != nil {
			return err
		}
		if r.tolerance > r.size/2 {
			return fmt.Errorf("directive %s conflicts with previous s directive", w)
		}
	case 'r':
		return number(&r.cooldown, math.MaxInt32)
	case 'E':
		return number(&r.alert, math.MaxUint32)
	case '^':
		return number(&r.status, math.MaxUint32)
	case 'p':
		if r.prefix = w[1:]; r.prefix != "" {
			r.prefix += " "
		}
	case '!':
		r.processor = program(w, "execlineb", "-Pc")
	case '?':
		r.processor = program(w, "/bin/sh", "-c")
	}
	return nil
}

// program gives the words of a processor, or none.
func program(w string, interpreter ...string) []string {
	if len(w) == 1 {
		return nil
	}
	return append(interpreter, w[1:])
}

// compile reads a regular expression; none is every line.
func compile(w string) (*regexp.Regexp, error) {
	if len(w) == 1 {
		return nil, nil //nolint:nilnil // it is no error to have none
	}
	return regexp.CompilePOSIX(w[1:])
}
