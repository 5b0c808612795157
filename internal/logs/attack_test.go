package logs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
)

// An arena is a log's directory beside what the attacker wants root to touch.
type arena struct {
	*rig

	outside string
	user    Rights
}

func (a *arena) place() Place {
	p := a.rig.place()
	p.Rights = a.user
	return p
}

func newArena(t *testing.T) *arena {
	g := newRig(t)
	a := &arena{rig: g, outside: filepath.Join(g.top, "outside")}
	ok(t, os.MkdirAll(g.path(""), 0o777), os.Mkdir(a.outside, 0o755))
	for _, name := range []string{"current", "target", "000001-20261125T194703Z.log", "app.log"} {
		ok(t, os.WriteFile(filepath.Join(a.outside, name), []byte("untouched"), 0o644))
	}
	a.user = a.asAnotherUser()
	if os.Geteuid() == 0 {
		for _, dir := range []string{a.path(""), filepath.Dir(a.path(""))} {
			ok(t, os.Chown(dir, 4242, 4242))
		}
	}
	return a
}

// untouched is the point of it all.
func (a *arena) untouched(t *testing.T) {
	t.Helper()
	equal(t, "outside", listed(t, a.outside), []string{"000001-20261125T194703Z.log", "app.log", "current", "target"})
	for _, name := range listed(t, a.outside) {
		data, err := os.ReadFile(filepath.Join(a.outside, name))
		ok(t, err)
		equal(t, name, string(data), "untouched")
	}
}

// under runs f again and again while attackers run, for a while.
func under(t *testing.T, f func(), attackers ...func()) {
	t.Helper()
	var stop atomic.Bool
	var all sync.WaitGroup
	for _, attack := range attackers {
		all.Go(func() {
			for !stop.Load() {
				attack()
			}
		})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	for ctx.Err() == nil {
		f()
	}
	stop.Store(true)
	all.Wait()
}

// swap exchanges a name with a link to somewhere outside, and back.
func (a *arena) swap(name, target string) func() {
	link := filepath.Join(a.top, "link-"+filepath.Base(name))
	_ = os.Symlink(target, link)
	return func() { _ = unix.Renameat2(unix.AT_FDCWD, name, unix.AT_FDCWD, link, unix.RENAME_EXCHANGE) }
}

// bothWays runs f with openat2 and as on a kernel without it.
func bothWays(t *testing.T, f func(t *testing.T)) {
	t.Run("with openat2", f)
	t.Run("with a descent", func(t *testing.T) { fsx.WithoutOpenat2(func() { f(t) }) })
}

func TestAttackersGetNothingWrittenOutside(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		for _, c := range []struct {
			name   string
			attack func(a *arena) func()
		}{
			{"the directory becomes a link", func(a *arena) func() { return a.swap(a.path(""), a.outside) }},
			{"its parent becomes a link", func(a *arena) func() { return a.swap(filepath.Join(a.top, "logs"), filepath.Dir(a.outside)) }},
			{"the file becomes a link", func(a *arena) func() { return a.swap(a.path("current"), filepath.Join(a.outside, "target")) }},
			{"the file becomes a hard link", func(a *arena) func() {
				return func() {
					_ = os.Remove(a.path("current"))
					_ = os.Link(filepath.Join(a.outside, "target"), a.path("current"))
				}
			}},
			{"the file becomes a FIFO", func(a *arena) func() {
				return func() {
					_ = os.Remove(a.path("current"))
					_ = unix.Mkfifo(a.path("current"), 0o666)
				}
			}},
			{"the file becomes a directory, archives become links", func(a *arena) func() {
				return func() {
					_ = os.Remove(a.path("current"))
					_ = os.Mkdir(a.path("current"), 0o777)
					for _, name := range a.names() {
						if strings.HasSuffix(name, ".log") {
							_ = os.Remove(a.path(name))
							_ = os.Symlink(filepath.Join(a.outside, "target"), a.path(name))
						}
					}
					_ = os.Remove(a.path("current"))
				}
			}},
		} {
			t.Run(c.name, func(t *testing.T) {
				if os.Geteuid() != 0 && strings.Contains(c.name, "hard link") {
					t.Skip("needs root: the file outside must be another user's")
				}
				a := newArena(t)
				o := a.options()
				o.Place = a.place()
				o.Size, o.Keep, o.Pack = 300, 3, true
				l := a.open(o)
				w := pipeOf(t, l)
				n := 0
				under(t, func() {
					n++
					_, err := fmt.Fprintf(w, "line %d %s\n", n, strings.Repeat("x", 200))
					ok(t, err)
					a.pass(time.Second)
					ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
					defer stop()
					ok(t, l.Flush(ctx)) // nothing hangs
					for line, err := range a.place().Lines(ctx, Query{Lines: 3}) {
						// A hard link to a file that the user may read is one that it could have read.
						if err == nil && strings.Contains(string(line.Text), "untouched") && !strings.Contains(c.name, "hard link") {
							t.Error("a file outside was read")
						}
					}
				}, c.attack(a))
				a.untouched(t)
			})
		}
	})
}

func (a *arena) names() (names []string) {
	all, _ := os.ReadDir(a.path(""))
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

func TestAttackersGetNoFileOutsideRotated(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		for _, c := range []struct {
			name    string
			attacks func(a *arena) []func()
		}{
			{"the directories become links", func(a *arena) []func() {
				return []func(){a.swap(a.path(""), a.outside), a.swap(filepath.Join(a.top, "logs"), filepath.Dir(a.outside))}
			}},
			{"the file becomes a link", func(a *arena) []func() {
				return []func(){a.swap(a.path("app.log"), filepath.Join(a.outside, "target"))}
			}},
			{"the copy's name becomes a link", func(a *arena) []func() {
				return []func(){func() {
					_ = os.Symlink(filepath.Join(a.outside, "target"), a.path("app.log.1"))
					_ = os.Remove(a.path("app.log.1"))
				}}
			}},
		} {
			t.Run(c.name, func(t *testing.T) {
				a := newArena(t)
				write := func() error { // as the app does, but with no chance to be led astray itself
					return a.place().do(func() error {
						return a.dir.Replace("logs/web/app.log", []byte(strings.Repeat("ours\n", 500)), fsx.Attr{Mode: 0o644})
					})
				}
				ok(t, write())
				f := Files{Place: Place{Rights: a.user, Dir: a.dir, Path: "logs"}, Patterns: []string{"*/*.log"}, Size: 5, Keep: 2}
				under(t, func() {
					_, _ = f.Rotate(t.Context())
					_ = write()
				}, c.attacks(a)...)
				a.untouched(t)
			})
		}
	})
}
