package proc

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

func TestChildRunsAsTheCredentialSays(t *testing.T) {
	needsRoot(t)
	tests := []struct {
		name   string
		as     Credential
		groups string
	}{
		{"with no group of root's", Credential{UID: 12345, GID: 23456}, ""},
		{"with supplementary groups", Credential{UID: 12345, GID: 23456, Groups: []uint32{44, 107}}, "44 107"},
		{"as root in another group", Credential{UID: 0, GID: 5}, ""},
	}
	for _, tt := range tests {
		for _, stage := range []bool{false, true} {
			name := tt.name
			if stage {
				name += ", through the stage"
			}
			t.Run(name, func(t *testing.T) {
				c := NewCommand("/bin/cat", []string{"cat", "/proc/self/status"})
				c.Credential, c.OnVolume, c.Dir = &tt.as, stage, "/"
				text, status := output(t, c)
				if !status.Success() {
					t.Fatalf("%s: %s", status, text)
				}
				ids := func(id uint32) string { return strings.TrimSuffix(strings.Repeat(number(id)+"\t", 4), "\t") }
				for key, want := range map[string]string{"Uid": ids(tt.as.UID), "Gid": ids(tt.as.GID), "Groups": tt.groups} {
					if got := statusLine(t, []byte(text), key); got != want {
						t.Errorf("%s is %q, want %q", key, got, want)
					}
				}
				if tt.as.UID != 0 {
					if got := statusLine(t, []byte(text), "CapEff"); got != "0000000000000000" {
						t.Errorf("capabilities were kept: %s", got)
					}
				}
			})
		}
	}
}

func TestTheDirectoryIsEnteredAsTheChild(t *testing.T) {
	needsRoot(t)
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, stage := range []bool{false, true} {
		c := sh("pwd")
		c.Credential, c.Dir, c.OnVolume = &Credential{UID: 12345, GID: 12345}, dir, stage
		_, err := children.Start(c)
		e, ok := errors.AsType[*StartError](err)
		if !ok || e.Op != OpEnter || e.Code() != 125 || !errors.Is(err, syscall.EACCES) {
			t.Errorf("stage %v: got %v", stage, err)
		}
	}
	none(t)
}

func TestTheSameIdentityAsksForNothing(t *testing.T) {
	c, err := present().change()
	if err != nil || c.any() {
		t.Fatalf("got %+v, %v", c, err)
	}
	if c, err := (*Credential)(nil).change(); err != nil || c.any() {
		t.Fatalf("no credential: got %+v, %v", c, err)
	}
	as := present()
	text, status := output(t, func() *Command { c := sh("id -u; id -g"); c.Credential = as; return c }())
	if want := number(as.UID) + "\n" + number(as.GID); text != want || !status.Success() {
		t.Fatalf("got %q, %s; want %q", text, status, want)
	}
}

func TestAnotherIdentityIsRefusedWithoutCapabilities(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("needs an ordinary user: root may become anybody")
	}
	for _, stage := range []bool{false, true} {
		c := sh("true")
		c.Credential, c.OnVolume = &Credential{UID: 12345, GID: 12345}, stage
		_, err := children.Start(c)
		e, ok := errors.AsType[*StartError](err)
		if !ok || e.Op != OpBecome || e.Code() != 125 || e.Hint() == "" {
			t.Errorf("stage %v: got %v", stage, err)
		}
	}
}

func TestOurOwnIdentityWithOtherGroupsIsNoErrorWithoutCapabilities(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("needs an ordinary user: root sets the groups")
	}
	as := present()
	as.Groups = []uint32{4242}
	if c, err := as.change(); err != nil || c.any() {
		t.Fatalf("got %+v, %v", c, err)
	}
}

func TestMayExecute(t *testing.T) {
	const file, dir = unix.S_IFREG, unix.S_IFDIR
	app := &Credential{UID: 1000, GID: 1000, Groups: []uint32{44}}
	root := &Credential{}
	tests := []struct {
		name string
		as   *Credential
		st   unix.Stat_t
		want bool
	}{
		{"the owner by its bit", app, unix.Stat_t{Mode: file | 0o100, Uid: 1000}, true},
		{"the owner is not helped by the others' bit", app, unix.Stat_t{Mode: file | 0o011, Uid: 1000}, false},
		{"the group by its bit", app, unix.Stat_t{Mode: file | 0o010, Uid: 1, Gid: 1000}, true},
		{"a supplementary group too", app, unix.Stat_t{Mode: file | 0o010, Uid: 1, Gid: 44}, true},
		{"the group is not helped by the others' bit", app, unix.Stat_t{Mode: file | 0o001, Uid: 1, Gid: 44}, false},
		{"others by their bit", app, unix.Stat_t{Mode: file | 0o001, Uid: 1, Gid: 1}, true},
		{"others without", app, unix.Stat_t{Mode: file | 0o110, Uid: 1, Gid: 1}, false},
		{"root by anybody's bit", root, unix.Stat_t{Mode: file | 0o001, Uid: 1, Gid: 1}, true},
		{"root without any", root, unix.Stat_t{Mode: file | 0o644}, false},
		{"root searches any directory", root, unix.Stat_t{Mode: dir}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.as.mayExecute(&tt.st); got != tt.want {
				t.Fatalf("got %v", got)
			}
		})
	}
}

func TestGroupsAreComparedAsSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.Uint32Range(0, 5), 0, 6).Draw(t, "want")
		have := rapid.SliceOfN(rapid.IntRange(0, 5), 0, 6).Draw(t, "have")
		expect := true
		for g := range 6 {
			expect = expect && slices.Contains(want, uint32(g)) == slices.Contains(have, g)
		}
		if sameGroups(want, have) != expect {
			t.Fatalf("%v and %v", want, have)
		}
	})
}

// number is an id as the kernel prints it.
func number(id uint32) string { return strconv.FormatUint(uint64(id), 10) }
