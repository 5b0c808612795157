package s6words

import (
	"bytes"
	"slices"
	"syscall"

	"github.com/berth-init/berth/internal/s6dir"
)

// Where accounts are; no file of them is longer than that.
const (
	passwdFile = "/etc/passwd"
	groupFile  = "/etc/group"
	accounts   = 16 << 20
)

// ids are who a program is to be.
type ids struct {
	uid, gid uint32
	groups   []uint32
}

// entry finds the first line of passwd or group whose name it is, and gives its fields.
func entry(file, name string, n int) ([][]byte, error) {
	text, err := readAccounts(file)
	if err != nil || name == "" {
		return nil, err
	}
	for line := range bytes.Lines(text) {
		if len(line) > len(name) && line[len(name)] == ':' && string(line[:len(name)]) == name {
			if f := fields(line, n); f != nil {
				return f, nil
			}
		}
	}
	return nil, nil
}

func fields(line []byte, n int) [][]byte {
	f := bytes.SplitN(bytes.TrimRight(line, "\r\n"), []byte{':'}, n)
	if len(f) < n || bytes.IndexByte([]byte("#+-"), line[0]) >= 0 {
		return nil
	}
	return f
}

// readAccounts reads a file of accounts; none has none.
func readAccounts(file string) ([]byte, error) {
	text, err := s6dir.Read(file, accounts)
	if missing(err) {
		return nil, nil
	}
	return text, err
}

// user finds a user by name, or nil.
func user(name string) (*ids, error) {
	f, err := entry(passwdFile, name, 7)
	if f == nil {
		return nil, err
	}
	uid, ok := number(string(f[2]))
	gid, ok2 := number(string(f[3]))
	if !ok || !ok2 {
		return nil, syscall.EINVAL
	}
	return &ids{uid: uid, gid: gid}, nil
}

// userOf finds the name of the first user with a number, or "".
func userOf(uid uint32) (string, error) {
	text, err := readAccounts(passwdFile)
	for line := range bytes.Lines(text) {
		if f := fields(line, 7); f != nil {
			if n, ok := number(string(f[2])); ok && n == uid {
				return string(f[0]), err
			}
		}
	}
	return "", err
}

// group finds a group by name.
func group(name string) (gid uint32, found bool, err error) {
	f, err := entry(groupFile, name, 4)
	if f == nil {
		return 0, false, err
	}
	gid, ok := number(string(f[2]))
	return gid, ok, nil
}

// groupsOf gives the groups that name a user, in the order of the file.
func groupsOf(name string) ([]uint32, error) {
	text, err := readAccounts(groupFile)
	var list []uint32
	for line := range bytes.Lines(text) {
		at := bytes.LastIndexByte(line, ':')
		if at < 0 || !bytes.Contains(line[at:], []byte(name)) {
			continue
		}
		f := fields(line, 4)
		if f == nil || !slices.Contains(split(f[3]), name) {
			continue
		}
		if gid, ok := number(string(f[2])); ok && !slices.Contains(list, gid) {
			list = append(list, gid)
		}
	}
	return list, err
}

func split(members []byte) []string {
	var list []string
	for m := range bytes.SplitSeq(members, []byte{','}) {
		list = append(list, string(m))
	}
	return list
}
