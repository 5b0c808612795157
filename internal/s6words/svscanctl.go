package s6words

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6dir"
)

// svscanctl sends letters to who keeps a scan directory. Berth tells when it has looked: a slot can be controlled when the word
// that made it known has ended.
func svscanctl(c *chain.Call) int {
	var letters strings.Builder
	rest, ok := chain.Options(c.Args, s6dir.ScanLetters, func(f byte, _ string) { letters.WriteByte(f) })
	if !ok || len(rest) == 0 {
		return c.Wrong("s6-svscanctl [ -" + s6dir.ScanLetters + " ] scandir")
	}
	return scan(c, rest[0], letters.String())
}

// scans is where berth says how often it has begun and ended to look at a scan directory.
const scans = s6dir.Scan + "/scans"

// scan sends letters, and waits until a look that began behind them has ended, for at most five seconds. Who doesn't write down
// his looks isn't waited for.
func scan(c *chain.Call, dir, letters string) int {
	before, _, told := looks(dir)
	var w *inotify
	if told && strings.ContainsAny(letters, "ahnN") {
		w = newInotify(dir + "/" + s6dir.Scan)
		defer w.close()
	}
	if code := control1(c, dir, s6dir.ScanControl, letters); code != 0 || w == nil {
		return code
	}
	for until := within(5000); until.left() > 0; w.poll(until) {
		if _, ended, told := looks(dir); !told || ended > before {
			break
		}
	}
	return 0
}

// looks reads how many looks have begun and ended.
func looks(dir string) (begun, ended uint64, ok bool) {
	b, err := s6dir.Read(dir+"/"+scans, 64)
	if err != nil {
		return 0, 0, false
	}
	f := bytes.Fields(b)
	if len(f) != 2 {
		return 0, 0, false
	}
	begun, err = strconv.ParseUint(string(f[0]), 10, 64)
	ended, err2 := strconv.ParseUint(string(f[1]), 10, 64)
	return begun, ended, err == nil && err2 == nil
}
