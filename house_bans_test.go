package house

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// A ban keeps calls in the rooms that own a duty.
type ban struct {
	name, reason string
	in           []string            // the rooms (or single files) where the calls are at home
	calls        map[string][]string // import path to names; "*" is every name
	tests        bool                // tests are held to it as well
}

// bans is the list of duties with one owner.
func bans() []ban {
	const unix = "golang.org/x/sys/unix"
	// Programs that scripts call, as they call coreutils: each is a process of its own with its caller's rights, what it is
	// told to touch is its caller's word, and no code of PID 1 is in there.
	words := []string{"internal/s6words", "internal/s6rcwords", "internal/s6log", "internal/execline"}
	return []ban{
		{
			name:   "only fsx changes the disk",
			reason: "a path string is not a thing to act on in a directory that the attacker owns; fsx acts on handles",
			in:     append([]string{"internal/fsx", "images/hermes/standin"}, words...),
			calls: map[string][]string{
				"os": {
					"Chmod", "Chown", "Chtimes", "Create", "CreateTemp", "Lchown", "Link", "Mkdir", "MkdirAll", "MkdirTemp", "OpenFile",
					"OpenInRoot", "OpenRoot", "Remove", "RemoveAll", "Rename", "Symlink", "Truncate", "WriteFile",
				},
				"syscall": {
					"Chmod", "Chown", "Creat", "Fchmod", "Fchmodat", "Fchown", "Fchownat", "Ftruncate", "Lchown", "Link", "Mkdir",
					"Mkdirat", "Mkfifo", "Mknod", "Mknodat", "Rename", "Renameat", "Rmdir", "Symlink", "Truncate", "Unlink", "Unlinkat",
				},
				unix: {
					"Chmod", "Chown", "Creat", "Fchmod", "Fchmodat", "Fchown", "Fchownat", "Ftruncate", "Lchown", "Link", "Linkat",
					"Mkdir", "Mkdirat", "Mkfifo", "Mkfifoat", "Mknod", "Mknodat", "Openat", "Openat2", "Rename", "Renameat", "Renameat2",
					"Rmdir", "Symlink", "Symlinkat", "Truncate", "Unlink", "Unlinkat", "Setxattr", "Mount", "Unmount",
				},
			},
		},
		{
			name:   "only proc forks, waits and signals processes",
			reason: "a second waiter steals statuses, and a signal to a reaped pid hits a stranger",
			in:     []string{"internal/proc", "images/hermes/standin"},
			calls: map[string][]string{
				"os/exec": {"*"},
				"os":      {"FindProcess", "StartProcess"},
				"syscall": {"Exec", "ForkExec", "Kill", "PtraceAttach", "StartProcess", "Wait4"},
				unix:      {"Exec", "Kill", "PidfdOpen", "PidfdSendSignal", "Tgkill", "Wait4", "Waitid"},
			},
		},
		{
			name:   "only the front doors' main and the child stage end the process",
			reason: "PID 1 that exits in a corner takes the container with it and skips what has to be released",
			in:     []string{"cmd/berth", "internal/early", "internal/proc", "images/hermes/standin"},
			calls: map[string][]string{
				"os": {"Exit"}, "syscall": {"Exit"}, unix: {"Exit"}, "log": {"Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln"},
			},
		},
		{
			name:   "only the front doors print",
			reason: "stdout is main's; berth's own lines go through one voice that knows text and JSON",
			in:     append([]string{"cmd/berth", "internal/early", "internal/front", "internal/cli", "images/hermes/standin"}, words...),
			calls: map[string][]string{
				"fmt": {"Print", "Printf", "Println"}, "os": {"Stderr", "Stdout"}, "log": {"*"},
			},
		},
		{
			name:   "only daemon reads signals",
			reason: "a signal that two rooms read is a signal that one of them misses",
			in:     append([]string{"internal/daemon", "images/hermes/standin"}, words...),
			calls:  map[string][]string{"os/signal": {"*"}},
		},
		{
			name:   "only proc changes the process's identity, only fsx its thread's",
			reason: "Go applies setuid to all threads: in PID 1 it would drop root for good",
			in:     []string{"internal/proc", "internal/fsx"},
			calls: map[string][]string{
				"syscall": {"Setegid", "Seteuid", "Setgid", "Setgroups", "Setregid", "Setresgid", "Setresuid", "Setreuid", "Setuid"},
				unix:      {"Setegid", "Seteuid", "Setfsgid", "Setfsuid", "Setgid", "Setgroups", "Setresgid", "Setresuid", "Setuid"},
			},
		},
		{
			name:   "nobody sleeps a fixed time",
			reason: "a sleep is too long on a fast machine and too short on a slow one; wait for the condition",
			tests:  true,
			calls:  map[string][]string{"time": {"Sleep"}},
			in:     []string{"images/hermes/standin"},
		},
	}
}

// law makes a law of a ban.
func (b ban) law() law {
	return law{name: b.name, reason: b.reason, judge: func(f *file) []string {
		if slices.Contains(b.in, f.room) || slices.Contains(b.in, f.path) || (f.test && !b.tests) {
			return nil
		}
		names := f.imports()
		var out []string
		ast.Inspect(f.ast, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := s.X.(*ast.Ident)
			if !ok {
				return true
			}
			banned := b.calls[names[pkg.Name]]
			if slices.Contains(banned, s.Sel.Name) || slices.Contains(banned, "*") {
				out = append(out, f.complain(s, "%s.%s", pkg.Name, s.Sel.Name))
			}
			return true
		})
		return out
	}}
}

// killsAll forbids the signal that reaches every process there is.
func killsAll() law {
	return law{
		name:   "no signal to -1",
		reason: "with --pid=host or outside a container kill(-1) ends the host; only descendants are signalled",
		judge: func(f *file) []string {
			var out []string
			ast.Inspect(f.ast, func(n ast.Node) bool {
				c, ok := n.(*ast.CallExpr)
				if !ok || len(c.Args) == 0 {
					return true
				}
				s, ok := c.Fun.(*ast.SelectorExpr)
				if !ok || s.Sel.Name != "Kill" {
					return true
				}
				if u, ok := c.Args[0].(*ast.UnaryExpr); ok && u.Op.String() == "-" {
					if l, ok := u.X.(*ast.BasicLit); ok && l.Value == "1" {
						out = append(out, f.complain(c, "kill(-1)"))
					}
				}
				return true
			})
			return out
		},
	}
}

func TestDutiesHaveOneOwner(t *testing.T) {
	files := goFiles(t)
	for _, b := range bans() {
		hold(t, b.law(), files)
	}
	hold(t, killsAll(), files)
}

func TestDutiesHaveOneOwnerBites(t *testing.T) {
	for _, b := range bans() {
		for pkg, names := range b.calls {
			name := names[0]
			if name == "*" {
				name = "Anything"
			}
			base := pkg[strings.LastIndex(pkg, "/")+1:]
			code := "package x\nimport \"" + pkg + "\"\nvar _ = " + base + "." + name + "\n"
			renamed := "package x\nimport other \"" + pkg + "\"\nvar _ = other." + name + "\n"
			bites(t, b.law(), []bite{
				{b.name + ": " + pkg, "internal/spec/a.go", code, true},
				{b.name + ": " + pkg + " by another name", "internal/spec/a.go", renamed, true},
				{b.name + ": a test", "internal/spec/a_test.go", code, b.tests},
				{b.name + ": its owner", b.in[0] + "/a.go", code, false},
			})
		}
	}
	bites(t, killsAll(), []bite{
		{"every process", "internal/proc/a.go", "package x\nimport \"syscall\"\nvar _ = syscall.Kill(-1, 9)\n", true},
		{"one group", "internal/proc/a.go", "package x\nimport \"syscall\"\nvar _ = syscall.Kill(-7, 9)\n", false},
	})
}
