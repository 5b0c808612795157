package identity

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]uint32{
		"1": 1, "99": 99, "1000": 1000, "65534": 65534, "65536": 65536, "4294967294": 4294967294, "0100": 100,
		strings.Repeat("0", 50) + "7": 7,
	} {
		if got, err := Number(text); got != want || err != nil {
			t.Errorf("%q gives %d, %v", text, got, err)
		}
	}
	for text, want := range map[string]error{
		"": ErrEmpty, "0": ErrRoot, "000": ErrRoot, "65535": ErrReserved, "4294967295": ErrReserved,
		"4294967296": ErrTooLarge, "18446744073709551616": ErrTooLarge, strings.Repeat("9", 5000): ErrTooLarge,
		"-1": ErrNotNumber, "+1": ErrNotNumber, "abc": ErrNotNumber, "1 2": ErrNotNumber, "1e3": ErrNotNumber,
		"0x10": ErrNotNumber, " 1000": ErrNotNumber, "1000\r": ErrNotNumber, "1_000": ErrNotNumber, "١": ErrNotNumber,
	} {
		if got, err := Number(text); got != 0 || !errors.Is(err, want) {
			t.Errorf("%q gives %d, %v", text, got, err)
		}
	}
}

func TestPick(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what  string
		env   map[string]string
		value uint32
		from  string
		err   error
	}{
		{"nothing is set", nil, 10000, "", nil},
		{"the alias alone", map[string]string{"PUID": "1002"}, 1002, "PUID", nil},
		{"the first one wins", map[string]string{"HERMES_UID": "1001", "PUID": "1002"}, 1001, "HERMES_UID", nil},
		{"an empty one doesn't count", map[string]string{"HERMES_UID": "", "PUID": "1002"}, 1002, "PUID", nil},
		{"a bad one doesn't fall through", map[string]string{"HERMES_UID": "abc", "PUID": "1002"}, 10000, "HERMES_UID", ErrNotNumber},
		{"a bad one behind an empty one", map[string]string{"HERMES_UID": "", "PUID": "0"}, 10000, "PUID", ErrRoot},
		{"nothing but empty ones", map[string]string{"HERMES_UID": "", "PUID": ""}, 10000, "HERMES_UID", ErrEmpty},
	} {
		value, from, err := Pick([]string{"HERMES_UID", "PUID"}, func(name string) (string, bool) {
			text, set := c.env[name]
			return text, set
		}, 10000)
		if value != c.value || from != c.from || !errors.Is(err, c.err) {
			t.Errorf("%s: %d from %q, %v", c.what, value, from, err)
		}
	}
}

func TestJoinAndInherited(t *testing.T) {
	t.Parallel()
	given := []uint32{998, 5}
	id := Identity{UID: 10000, GID: 10000, Groups: given}
	for _, c := range []struct {
		gid uint32
		new bool
	}{{0, false}, {10000, false}, {998, false}, {44, true}, {44, false}} {
		if got := id.Join(c.gid); got != c.new {
			t.Errorf("joining %d reports %v", c.gid, got)
		}
	}
	if !slices.Equal(id.Groups, []uint32{5, 44, 998}) || !slices.Equal(given, []uint32{998, 5}) {
		t.Errorf("joined: %v; the caller's: %v", id.Groups, given)
	}
	for _, c := range []struct {
		what               string
		groups, root, want []uint32
	}{
		{"root's own groups of an Alpine image go", []uint32{0, 1, 2, 3, 4, 6, 10, 4444}, []uint32{1, 2, 3, 4, 6, 10}, []uint32{4444}},
		{"twice given is once kept", []uint32{30, 4, 30}, nil, []uint32{4, 30}},
		{"gid 0 alone", []uint32{0}, nil, nil},
		{"none", nil, []uint32{1}, nil},
	} {
		if got := Inherited(c.groups, c.root); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}
