package identity

import (
	"fmt"
	"slices"
	"strings"
)

// GroupFile is a group file.
type GroupFile struct{ lines lines }

// Group is one entry of a group file.
type Group struct {
	Name, Password string
	GID            uint32
	Members        []string
}

const groupFields = 4

// ParseGroup reads a group file. There is no malformed one: what is no entry is kept and answers no look-up.
func ParseGroup(data []byte) *GroupFile { return &GroupFile{split(data)} }

// Bytes gives the file's content.
func (g *GroupFile) Bytes() []byte { return g.lines.bytes() }

func group(l line) (Group, bool) {
	f := l.fields(groupFields)
	if f == nil {
		return Group{}, false
	}
	gid, ok := number(f[2])
	e := Group{Name: string(f[0]), Password: string(f[1]), GID: gid}
	if len(f[3]) > 0 {
		e.Members = strings.Split(string(f[3]), ",")
	}
	return e, ok
}

func (g *GroupFile) find(match func(Group) bool) (int, Group) {
	for i, l := range g.lines {
		if e, ok := group(l); ok && match(e) {
			return i, e
		}
	}
	return -1, Group{}
}

// ByName gives the first entry of a name.
func (g *GroupFile) ByName(name string) (Group, bool) {
	i, e := g.find(func(e Group) bool { return e.Name == name })
	return e, i >= 0
}

// ByGID gives the first entry of a gid.
func (g *GroupFile) ByGID(gid uint32) (Group, bool) {
	i, e := g.find(func(e Group) bool { return e.GID == gid })
	return e, i >= 0
}

// Move gives the first entry of a name another gid. It reports whether the file has changed.
func (g *GroupFile) Move(name string, gid uint32) bool {
	i, e := g.find(func(e Group) bool { return e.Name == name })
	if i < 0 || e.GID == gid {
		return false
	}
	g.lines[i] = g.lines[i].setField(2, groupFields, decimal(gid))
	return true
}

// Add adds a group without members. The gid may be another group's too.
func (g *GroupFile) Add(name string, gid uint32) error {
	if err := CheckName(name); err != nil {
		return fmt.Errorf("add group %q: %w", name, err)
	}
	if _, there := g.ByName(name); there {
		return fmt.Errorf("add group %q: %w", name, ErrExists)
	}
	g.lines = g.lines.add(name + ":x:" + decimal(gid) + ":")
	return nil
}

// AddMember makes a user a member of the first group of a name. A member stays one: the second time changes nothing.
func (g *GroupFile) AddMember(name, user string) error {
	// A name with a comma or a line break would make other users members too, or other groups.
	if err := CheckName(user); err != nil {
		return fmt.Errorf("add member %q to group %q: %w", user, name, err)
	}
	i, e := g.find(func(e Group) bool { return e.Name == name })
	if i < 0 {
		return fmt.Errorf("add member %q to group %q: %w", user, name, ErrAbsent)
	}
	if slices.Contains(e.Members, user) {
		return nil
	}
	members := user
	if len(e.Members) > 0 {
		members = strings.Join(e.Members, ",") + "," + user
	}
	g.lines[i] = g.lines[i].setField(3, groupFields, members)
	return nil
}

// Of gives the gids of the groups that a user is a member of, sorted, without the user's own gid.
func (g *GroupFile) Of(user string, gid uint32) []uint32 {
	var of []uint32
	for _, l := range g.lines {
		if e, ok := group(l); ok && e.GID != gid && slices.Contains(e.Members, user) {
			of = append(of, e.GID)
		}
	}
	slices.Sort(of)
	return slices.Compact(of)
}
