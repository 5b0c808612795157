package s6words

import "github.com/berth-init/berth/internal/chain"

// waiting reads the flags that s6-svwait and s6-svlisten have in common.
func waiting(c *chain.Call, spec string) (to aim, until deadline, rest []string, ok bool) {
	letter, all, ms, good := byte('u'), true, uint32(0), true
	rest, ok = chain.Options(c.Args, spec, func(f byte, v string) {
		switch f {
		case 'a', 'o':
			all = f == 'a'
		case 't':
			n, isNumber := number(v)
			ms, good = n, good && isNumber
		default:
			letter = f
		}
	})
	return goal(letter, all), within(ms), rest, ok && good
}

// svwait waits until services are up, or down.
func svwait(c *chain.Call) int {
	to, until, dirs, ok := waiting(c, "UudDrRaot:")
	if !ok || len(dirs) == 0 {
		return c.Wrong("s6-svwait [ -U | -u | -d | -D | -r | -R ] [ -a | -o ] [ -t ms ] servicedir...")
	}
	l, code := listen(c, dirs, to, until)
	if l == nil {
		return code
	}
	defer l.close()
	return l.wait()
}
