package execline

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// umask sets the mask of modes.
func umask(call *chain.Call) int {
	c := called(call, "execline-umask")
	if len(c.Args) < 2 {
		return c.Wrong("umask mask prog...")
	}
	digits := c.Args[0]
	if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '7' }); end >= 0 {
		digits = digits[:end] // what follows the digits is ignored, as the real command does
	}
	mask, err := strconv.ParseUint(digits, 8, 32)
	if err != nil {
		return c.Wrong("umask mask prog...")
	}
	unix.Umask(int(mask & 0o777))
	return c.Next(c.Args[1:])
}

// posixUmask sets the mask of modes as POSIX's umask does, or prints it.
func posixUmask(c *chain.Call) int {
	symbolic := false
	rest, ok := chain.Options(c.Args, "S", func(byte, string) { symbolic = true })
	if !ok {
		return c.Wrong("posix-umask [ -S ] [ mask ] [ prog... ]")
	}
	had := unix.Umask(0)
	unix.Umask(had)
	if len(rest) == 0 {
		text := fmt.Sprintf("%04o\n", had)
		if symbolic {
			text = fmt.Sprintf("u=%s,g=%s,o=%s\n", letters(^had>>6), letters(^had>>3), letters(^had))
		}
		if _, err := c.Stdout.Write([]byte(text)); err != nil {
			return c.Fail(chain.System, "unable to write to stdout: %s", chain.Reason(err))
		}
		return 0
	}
	mask, sound := readMask(rest[0], had)
	if !sound {
		return c.Fail(1, "invalid mask %q", rest[0])
	}
	unix.Umask(mask)
	return c.Next(rest[1:])
}

// letters writes three bits.
func letters(bits int) string {
	out := make([]byte, 0, 3)
	for i, l := range []byte("rwx") {
		if bits&(4>>i) != 0 {
			out = append(out, l)
		}
	}
	return string(out)
}

// readMask reads an octal number, or letters that change what is allowed.
func readMask(text string, had int) (mask int, sound bool) {
	if n, err := strconv.ParseUint(text, 8, 32); err == nil {
		return int(n & 0o777), true
	}
	allowed := ^had & 0o777
	for clause := range strings.SplitSeq(text, ",") {
		if allowed, sound = change(allowed, clause); !sound {
			return 0, false
		}
	}
	return ^allowed & 0o777, true
}

// change applies one clause: [ugoa...] and then operators with permissions.
func change(allowed int, clause string) (int, bool) {
	at := strings.IndexAny(clause, "+-=")
	if at < 0 {
		return 0, false
	}
	who := 0
	for _, w := range clause[:at] {
		shift := strings.IndexRune("ogu", w)
		switch {
		case w == 'a':
			who |= 0o777
		case shift < 0:
			return 0, false
		default:
			who |= 7 << (3 * shift)
		}
	}
	if at == 0 {
		who = 0o777
	}
	for rest := clause[at:]; rest != ""; {
		op := rest[0]
		rest = rest[1:]
		end := strings.IndexAny(rest, "+-=")
		if end < 0 {
			end = len(rest)
		}
		bits, sound := permissions(allowed, rest[:end])
		if !sound {
			return 0, false
		}
		switch rest = rest[end:]; op {
		case '+':
			allowed |= bits & who
		case '-':
			allowed &^= bits & who
		default:
			allowed = allowed&^who | bits&who
		}
	}
	return allowed, true
}

// permissions reads what a clause gives, for all three kinds of users.
func permissions(allowed int, text string) (bits int, sound bool) {
	for _, p := range text {
		one := strings.IndexRune("xwr", p)
		copied := strings.IndexRune("ogu", p)
		switch {
		case one >= 0:
			bits |= 0o111 << one
		case p == 'X' || p == 's':
			if p == 'X' && allowed&0o111 != 0 {
				bits |= 0o111
			}
		case copied >= 0:
			bits |= (allowed >> (3 * copied) & 7) * 0o111
		default:
			return 0, false
		}
	}
	return bits, true
}
