package identity

import (
	"fmt"
	"strings"
)

// Passwd is a passwd file.
type Passwd struct{ lines lines }

// Account is one entry of a passwd file.
type Account struct {
	Name, Password string
	UID, GID       uint32
	Gecos          string
	Home, Shell    string
}

const passwdFields = 7

// ParsePasswd reads a passwd file. There is no malformed one: what is no entry is kept and answers no look-up.
func ParsePasswd(data []byte) *Passwd { return &Passwd{split(data)} }

// Bytes gives the file's content.
func (p *Passwd) Bytes() []byte { return p.lines.bytes() }

func account(l line) (Account, bool) {
	f := l.fields(passwdFields)
	if f == nil {
		return Account{}, false
	}
	uid, ok := number(f[2])
	gid, ok2 := number(f[3])
	return Account{
		Name: string(f[0]), Password: string(f[1]), UID: uid, GID: gid,
		Gecos: string(f[4]), Home: string(f[5]), Shell: string(f[6]),
	}, ok && ok2
}

func (p *Passwd) find(match func(Account) bool) (int, Account) {
	for i, l := range p.lines {
		if a, ok := account(l); ok && match(a) {
			return i, a
		}
	}
	return -1, Account{}
}

// ByName gives the first entry of a name.
func (p *Passwd) ByName(name string) (Account, bool) {
	i, a := p.find(func(a Account) bool { return a.Name == name })
	return a, i >= 0
}

// ByUID gives the first entry of a uid.
func (p *Passwd) ByUID(uid uint32) (Account, bool) {
	i, a := p.find(func(a Account) bool { return a.UID == uid })
	return a, i >= 0
}

// Move gives the first entry of a name other numbers. It reports whether the file has changed; a name that is not
// there and an entry that has the numbers already change nothing.
func (p *Passwd) Move(name string, uid, gid uint32) bool {
	i, a := p.find(func(a Account) bool { return a.Name == name })
	if i < 0 {
		return false
	}
	if a.UID != uid {
		p.lines[i] = p.lines[i].setField(2, passwdFields, decimal(uid))
	}
	if a.GID != gid {
		p.lines[i] = p.lines[i].setField(3, passwdFields, decimal(gid))
	}
	return a.UID != uid || a.GID != gid
}

// Add adds an entry. A name that is there already, and text that would break out of its field, are refused.
func (p *Passwd) Add(a Account) error {
	if err := CheckName(a.Name); err != nil {
		return fmt.Errorf("add user %q: %w", a.Name, err)
	}
	if _, there := p.ByName(a.Name); there {
		return fmt.Errorf("add user %q: %w", a.Name, ErrExists)
	}
	for _, field := range []string{a.Password, a.Gecos, a.Home, a.Shell} {
		if strings.ContainsAny(field, ":\n\r\x00") {
			return fmt.Errorf("add user %q: field %q holds a colon or a line break", a.Name, field)
		}
	}
	p.lines = p.lines.add(strings.Join([]string{
		a.Name, a.Password, decimal(a.UID), decimal(a.GID), a.Gecos, a.Home, a.Shell,
	}, ":"))
	return nil
}
