package fsx

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// rested sets the times of every directory back, as a tree has them that nobody has touched for a while.
func rested(t testing.TB, top string) {
	t.Helper()
	old := time.Now().Add(-time.Hour)
	err := filepath.WalkDir(top, func(p string, e os.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			err = os.Chtimes(p, old, old)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// handOver hands everything below a directory to 4242, and gives what was refused. What is alike is handed over without a word.
func handOver(ctx context.Context, d *Dir, threads int) (n int, refused map[string]error, err error) {
	return handOverWhile(ctx, d, threads, nil)
}

// handOverWhile is handOver with something that happens between each look and its change, so that each is asked about.
func handOverWhile(ctx context.Context, d *Dir, threads int, meanwhile func()) (n int, refused map[string]error, err error) {
	refused = map[string]error{}
	var mu sync.Mutex
	var more atomic.Int64
	err = d.Survey(ctx, &Survey{UID: 4242, GID: 4242, Top: true, Threads: threads, Hand: true, Amiss: func(s *Stray) error {
		in := s.Info
		err := s.Skip
		changed := false
		switch {
		case err != nil:
		case in.Kind != Directory && in.Nlink > 1:
			err = ErrHardlink
		case meanwhile == nil:
			s.Alike(4242, 4242, &more)
			changed, err = s.Own(4242, 4242, true)
		default:
			meanwhile()
			changed, err = s.Own(4242, 4242, true)
		}
		mu.Lock()
		defer mu.Unlock()
		if changed {
			n++
		}
		if err != nil {
			refused[s.Path()] = err
		}
		return nil
	}})
	return n + int(more.Load()), refused, err
}

// watchChanges gives the paths of changes.
func watchChanges(t *testing.T) func() []string {
	var mu sync.Mutex
	var all []string
	remove := OnChange(func(op, path string) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, op+" "+path)
	})
	t.Cleanup(remove)
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}

// Directories of root's and of a former user's, ones that a group may write, ones that have just been touched: whichever
// way an entry is changed, the result is the same, and each is changed once.
func TestASurveyHandsOver(t *testing.T) {
	needsRoot(t)
	everyKernel(t, func(t *testing.T) {
		d := temp(t)
		names := []string{"roots", "roots/f", "former", "former/f", "former/sub", "former/sub/f", "shared", "shared/f", "fresh", "fresh/f", "right", "right/f", "link"}
		for _, name := range names {
			p := d.Path() + "/" + name
			switch {
			case name == "link":
				ok(t, os.Symlink("/", p))
			case filepath.Base(name) == "f":
				write(t, p, "x")
			default:
				mkdir(t, p)
			}
		}
		for name, id := range map[string]int{"former": 1000, "former/f": 1000, "former/sub": 1000, "shared": 1000, "fresh": 1000, "right": 4242} {
			ok(t, os.Lchown(d.Path()+"/"+name, id, id))
		}
		ok(t, os.Chmod(d.Path()+"/shared", 0o775), unix.Chmod(d.Path()+"/former", 0o2755))
		rested(t, d.Path())
		ok(t, os.Chtimes(d.Path()+"/fresh", time.Now(), time.Now()))
		changes := watchChanges(t)
		n, refused, err := handOver(t.Context(), d, 1)
		ok(t, err)
		if n != len(names) || len(refused) > 0 { // the top, without what is right
			t.Errorf("%d were handed over, %v refused", n, refused)
		}
		for _, name := range append(names, "") {
			if got := owner(t, d.Path()+"/"+name); got != [2]uint32{4242, 4242} {
				t.Errorf("%q belongs to %v", name, got)
			}
		}
		if perm(t, d.Path()+"/former") != 0o2755 || perm(t, d.Path()+"/shared") != 0o775 {
			t.Error("a mode changed")
		}
		// "former" and "former/sub" were root's for a moment; nothing else was touched twice.
		if got := len(changes()); got > len(names)+2 {
			t.Errorf("%d changes: %q", got, changes())
		}
		before := len(changes())
		n, refused, err = handOver(t.Context(), d, 1)
		if ok(t, err); n != 0 || len(refused) > 0 || len(changes()) != before {
			t.Errorf("a second time %d, refused %v", n, refused)
		}
	})
}

// What was taken for a moment and could not be handed over is given back.
func TestATakenDirectoryIsGivenBack(t *testing.T) {
	needsRoot(t)
	d := temp(t)
	mkdir(t, d.Path()+"/former/sub")
	write(t, d.Path()+"/former/f", "x")
	for _, name := range []string{"former", "former/f", "former/sub"} {
		ok(t, os.Lchown(d.Path()+"/"+name, 1000, 1001))
	}
	rested(t, d.Path())
	stop := errors.New("stop")
	for name, amiss := range map[string]func(*Stray) error{
		"refused": func(*Stray) error { return nil },
		"stopped": func(*Stray) error { return stop },
	} {
		changes := watchChanges(t)
		err := d.Survey(t.Context(), &Survey{UID: 4242, GID: 4242, Hand: true, Amiss: amiss})
		if !errors.Is(err, stop) && name == "stopped" {
			t.Errorf("%s: %v", name, err)
		}
		if len(changes()) == 0 {
			t.Errorf("%s: it was never taken", name)
		}
		for _, p := range []string{"former", "former/f", "former/sub"} {
			if got := owner(t, d.Path()+"/"+p); got != [2]uint32{1000, 1001} {
				t.Errorf("%s: %s belongs to %v", name, p, got)
			}
		}
	}
}

// Where even that can't be done, it is said, whatever ended the survey: the directory stays root's.
func TestATakenDirectoryThatCantBeGivenBack(t *testing.T) {
	needsRoot(t)
	d := temp(t)
	former := mkdir(t, d.Path()+"/former")
	write(t, former+"/f", "x")
	rested(t, d.Path())
	set := immutable(t, former)
	cause := errors.New("TERM")
	for _, stopped := range []bool{true, false} {
		ok(t, os.Lchown(former, 1000, 1001))
		ctx, stop := context.WithCancelCause(t.Context())
		err := d.Survey(ctx, &Survey{UID: 4242, GID: 4242, Hand: true, Amiss: func(s *Stray) error {
			if s.Path() == "former/f" {
				set(true)
				if stopped {
					stop(cause)
				}
			}
			return nil
		}})
		stop(nil)
		set(false)
		wants(t, err, ErrTaken)
		wants(t, err, unix.EPERM)
		if errors.Is(err, cause) != stopped || owner(t, former) != [2]uint32{0, 1001} {
			t.Errorf("stopped %v: %v, and it belongs to %v", stopped, err, owner(t, former))
		}
	}
}

// A file system that answers yes to a chown and changes nothing has refused it: it would be handed over at every look.
func TestAChownThatChangesNothing(t *testing.T) {
	needsRoot(t)
	d := temp(t)
	mkdir(t, d.Path()+"/sub")
	write(t, d.Path()+"/sub/f", "x") // not rested: where it would be, the file system is known
	for _, name := range []string{"sub", "sub/f"} {
		e := look(t, d, name)
		var yes, no, half error
		deaf(t, func() { yes, no, half = e.Chown(0, Keep), e.Chown(4242, Keep), e.Chown(0, 4242) })
		ok(t, yes)
		wants(t, no, unix.EPERM)
		wants(t, half, unix.EPERM)
	}
	var n int
	var refused map[string]error
	var err error
	deaf(t, func() { n, refused, err = handOver(context.Background(), d, 1) })
	ok(t, err)
	if n != 0 || len(refused) != 3 {
		t.Errorf("%d were handed over, refused is %v", n, refused)
	}
	for _, why := range refused {
		wants(t, why, unix.EPERM)
	}
}

func TestAStrayIsHandedOverOnlyAsItWasSeen(t *testing.T) {
	needsRoot(t)
	everyKernel(t, func(t *testing.T) {
		dir := t.TempDir()
		write(t, dir+"/victim", "")
		for _, c := range []struct {
			name string
			swap func(path string) error
			want error
			owns bool
		}{
			{"it is as it was", func(string) error { return nil }, nil, true},
			{"it is handed over already", func(p string) error { return os.Lchown(p, 4242, 4242) }, nil, true},
			{"it is gone", os.Remove, ErrVanished, false},
			{"it is a link now", func(p string) error { return errors.Join(os.Remove(p), os.Symlink(dir+"/victim", p)) }, ErrVanished, false},
			{"it is a hard link of another file now", func(p string) error { return errors.Join(os.Remove(p), os.Link(dir+"/victim", p)) }, ErrVanished, false},
			{"it has another name now", func(p string) error { return os.Link(p, dir+"/second") }, ErrVanished, false},
		} {
			t.Run(c.name, func(t *testing.T) {
				in := mkdir(t, filepath.Join(t.TempDir(), "in"))
				write(t, in+"/f", "") // only now: the directory has not rested
				ok(t, opened(t, in).Survey(t.Context(), &Survey{UID: 4242, GID: 4242, Hand: true, Amiss: func(s *Stray) error {
					ok(t, c.swap(in+"/f"))
					_, err := s.Own(4242, 4242, true)
					wants(t, err, c.want)
					return nil
				}}))
				if got := owner(t, dir+"/victim"); got != [2]uint32{} {
					t.Errorf("the file outside belongs to %v", got)
				}
				if c.owns && owner(t, in+"/f") != [2]uint32{4242, 4242} {
					t.Errorf("it belongs to %v", owner(t, in+"/f"))
				}
			})
			_ = os.Remove(dir + "/second")
		}
	})
}

// Law: on any tree with any owners, handing over is done once and for all, and a plan's look changes nothing.
func TestLawHandingOver(t *testing.T) {
	needsRoot(t)
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp("", "fsx")
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		outside := dir + "/victim"
		in := dir + "/in"
		must := func(err error) {
			if err != nil {
				rt.Fatal(err)
			}
		}
		must(os.WriteFile(outside, nil, 0o644))
		must(os.Mkdir(in, 0o755))
		for _, p := range rapid.SliceOfN(rapid.StringMatching(`[abc](/[abc]){0,3}`), 0, 15).Draw(rt, "paths") {
			p = in + "/" + p
			if os.MkdirAll(filepath.Dir(p), 0o755) != nil {
				continue
			}
			switch rapid.SampledFrom([]string{"dir", "file", "file", "link", "hard", "fifo"}).Draw(rt, "kind") {
			case "dir":
				_ = os.Mkdir(p, 0o755)
				_ = os.Chmod(p, rapid.SampledFrom([]os.FileMode{0o755, 0o700, 0o775, 0o777, os.ModeSetgid | 0o755}).Draw(rt, "mode"))
			case "link":
				_ = os.Symlink(outside, p)
			case "hard":
				if os.Link(outside, p) == nil {
					continue // the victim stays root's
				}
			case "fifo":
				_ = unix.Mkfifo(p, 0o600)
			default:
				if f, err := os.OpenFile(p, os.O_CREATE|os.O_EXCL, 0o600); err == nil {
					_ = f.Close()
				}
			}
			var st unix.Stat_t
			must(unix.Lstat(p, &st))
			if st.Mode&unix.S_IFMT == unix.S_IFDIR || st.Nlink == 1 {
				must(os.Lchown(p, rapid.SampledFrom([]int{0, 1000, 4242}).Draw(rt, "uid"), rapid.SampledFrom([]int{0, 1000, 4242}).Draw(rt, "gid")))
			}
		}
		if rapid.Bool().Draw(rt, "rested") {
			old := time.Now().Add(-time.Hour)
			must(filepath.WalkDir(in, func(p string, e os.DirEntry, err error) error {
				if err == nil && e.IsDir() {
					err = os.Chtimes(p, old, old)
				}
				return err
			}))
		}
		d, err := Open(in)
		must(err)
		defer func() { _ = d.Close() }()
		threads := rapid.IntRange(1, 3).Draw(rt, "threads")
		thaw := Freeze()
		planned := 0
		must(d.Survey(context.Background(), &Survey{UID: 4242, GID: 4242, Top: true, Amiss: func(s *Stray) error {
			if s.Info.Kind == Directory || s.Info.Nlink == 1 {
				planned++
			}
			return nil
		}}))
		thaw()
		var meanwhile func()
		if rapid.Bool().Draw(rt, "asked") {
			meanwhile = func() {}
		}
		n, refused, err := handOverWhile(context.Background(), d, threads, meanwhile)
		must(err)
		if n != planned {
			rt.Fatalf("planned %d, handed over %d", planned, n)
		}
		for p, why := range refused {
			if !errors.Is(why, ErrHardlink) {
				rt.Fatalf("%s: %v", p, why)
			}
		}
		again, _, err := handOver(context.Background(), d, threads)
		must(err)
		if again != 0 {
			rt.Fatalf("%d a second time", again)
		}
		var st unix.Stat_t
		must(unix.Lstat(outside, &st))
		if st.Uid != 0 || st.Gid != 0 {
			rt.Fatalf("the file outside belongs to %d:%d", st.Uid, st.Gid)
		}
	})
}
