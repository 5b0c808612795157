package execline

import (
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"
)

// errNumber says that something is no number that has to be one.
var errNumber = errors.New("not an integer")

// askOne answers a question about one thing.
func (p *testParser) askOne(sign, operand string) (bool, error) {
	switch sign {
	case "-n":
		return operand != "", nil
	case "-z":
		return operand == "", nil
	case "-v":
		_, set := p.call.Get(operand)
		return set, nil
	case "-t":
		fd, err := integer(sign, operand)
		if err != nil {
			return false, err
		}
		_, err = unix.IoctlGetTermios(fd, unix.TCGETS)
		return err == nil, nil
	case "-r":
		return unix.Access(operand, unix.R_OK) == nil, nil
	case "-w":
		return unix.Access(operand, unix.W_OK) == nil, nil
	case "-x":
		return unix.Access(operand, unix.X_OK) == nil, nil
	case "-h", "-L":
		var st unix.Stat_t
		return unix.Lstat(operand, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFLNK, nil
	}
	var st unix.Stat_t
	return unix.Stat(operand, &st) == nil && ofFile(sign, &st), nil
}

// ofFile answers a question about a file that is there.
func ofFile(sign string, st *unix.Stat_t) bool {
	switch sign {
	case "-f":
		return st.Mode&unix.S_IFMT == unix.S_IFREG
	case "-d":
		return st.Mode&unix.S_IFMT == unix.S_IFDIR
	case "-b":
		return st.Mode&unix.S_IFMT == unix.S_IFBLK
	case "-c":
		return st.Mode&unix.S_IFMT == unix.S_IFCHR
	case "-p":
		return st.Mode&unix.S_IFMT == unix.S_IFIFO
	case "-S":
		return st.Mode&unix.S_IFMT == unix.S_IFSOCK
	case "-s":
		return st.Size > 0
	case "-u":
		return st.Mode&unix.S_ISUID != 0
	case "-g":
		return st.Mode&unix.S_ISGID != 0
	case "-k":
		return st.Mode&unix.S_ISVTX != 0
	case "-O", "-U":
		return int(st.Uid) == unix.Geteuid()
	case "-G":
		return int(st.Gid) == unix.Getegid()
	case "-N":
		return st.Mtim.Nano() > st.Atim.Nano()
	}
	return true // -e
}

// askTwo answers a question about two things.
func (p *testParser) askTwo(left, sign, right string) (bool, error) {
	switch sign {
	case "=":
		return left == right, nil
	case "!=":
		return left != right, nil
	case "<":
		return left < right, nil
	case "<=":
		return left <= right, nil
	case ">":
		return left > right, nil
	case ">=":
		return left >= right, nil
	case "=~":
		re, err := dialect{extended: true}.compile(right)
		if err != nil {
			return false, fmt.Errorf("unable to read pattern %q: %w", right, err)
		}
		return re.MatchString(characters(left)), nil
	case "-nt", "-ot", "-ef":
		return ofFiles(left, sign, right), nil
	}
	a, err := integer(sign, left)
	if err != nil {
		return false, err
	}
	b, err := integer(sign, right)
	if err != nil {
		return false, err
	}
	switch sign {
	case "-eq":
		return a == b, nil
	case "-ne":
		return a != b, nil
	case "-gt":
		return a > b, nil
	case "-ge":
		return a >= b, nil
	case "-lt":
		return a < b, nil
	}
	return a <= b, nil
}

// ofFiles compares two files. One that isn't there is older than any, and the same as none.
func ofFiles(left, sign, right string) bool {
	var a, b unix.Stat_t
	here, there := unix.Stat(left, &a) == nil, unix.Stat(right, &b) == nil
	switch sign {
	case "-ef":
		return here && there && a.Dev == b.Dev && a.Ino == b.Ino
	case "-ot":
		a, b, here, there = b, a, there, here
	}
	return here && (!there || a.Mtim.Nano() > b.Mtim.Nano())
}

// integer reads a number with a sign. What follows its digits is ignored, as the real command does.
func integer(sign, text string) (int, error) {
	begin := 0
	if text != "" && (text[0] == '-' || text[0] == '+') {
		begin = 1
	}
	end := begin
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	if end == begin {
		return 0, fmt.Errorf("%s wants integers, %q is none: %w", sign, text, errNumber)
	}
	n, _ := strconv.ParseInt(text[:end], 10, 64) // one that is too large is as large as can be
	return int(n), nil
}
