package proc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

func TestTheStageSetsWhatForkCanNot(t *testing.T) {
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	soft := min(files.Max, 200)
	nice, oom := 7, 300
	c := sh("ulimit -Sn; ulimit -Sc; nice; cat /proc/self/oom_score_adj; grep NoNewPrivs /proc/self/status | tr -dc 01; umask")
	c.NoNewPrivs, c.Umask = true, 0o037
	c.Limits = Limits{
		Resources:   []Limit{{unix.RLIMIT_NOFILE, soft, files.Max}, {unix.RLIMIT_CORE, 0, 0}},
		Nice:        &nice,
		OOMScoreAdj: &oom,
	}
	got, _ := output(t, c)
	have, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		t.Fatal(err)
	}
	if 20-have > nice {
		t.Skip("needs to be less nice than 7 already")
	}
	if want := strings.Join([]string{strconv.FormatUint(soft, 10), "0", "7", "300", "1" + "0037"}, "\n"); got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func TestTheStageGivesGosOwnFileLimitBack(t *testing.T) {
	fast, _ := output(t, sh("ulimit -Sn; ulimit -Hn"))
	c := sh("ulimit -Sn; ulimit -Hn")
	c.OnVolume = true
	staged, _ := output(t, c)
	if fast != staged {
		t.Fatalf("by fork %q, by the stage %q", fast, staged)
	}
}

func TestStageFailures(t *testing.T) {
	tooNice, badOOM := -100000, 100000
	tests := []struct {
		name string
		set  func(*Command)
		op   string
	}{
		{"a soft limit above the hard one", func(c *Command) { c.Limits.Resources = []Limit{{unix.RLIMIT_CORE, 5, 4}} }, OpLimit},
		{"a limit that is none", func(c *Command) { c.Limits.Resources = []Limit{{4711, 1, 1}} }, OpLimit},
		{"an oom_score_adj that is out of range", func(c *Command) { c.Limits.OOMScoreAdj = &badOOM }, OpOOM},
		{"a directory that is not there", func(c *Command) { c.Dir = "/no/such/directory" }, OpEnter},
		{"a program that is not there", func(c *Command) { c.Path = "/no/such/program" }, OpRun},
	}
	if os.Geteuid() != 0 {
		tests = append(tests, struct {
			name string
			set  func(*Command)
			op   string
		}{"a nice value for root alone", func(c *Command) { c.Limits.Nice = &tooNice }, OpNice})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := sh("exit 0")
			c.OnVolume = true
			tt.set(c)
			_, err := children.Start(c)
			e, ok := errors.AsType[*StartError](err)
			if !ok || e.Op != tt.op {
				t.Fatalf("got %v, want op %q", err, tt.op)
			}
			if _, ok := errors.AsType[syscall.Errno](err); !ok {
				t.Fatalf("the number is lost: %v", err)
			}
			if want := map[bool]int{true: 127, false: 125}[tt.op == OpRun]; e.Code() != want {
				t.Fatalf("code %d, want %d", e.Code(), want)
			}
			none(t)
		})
	}
}

func TestAnUnprivilegedStageCanNotDropCapabilities(t *testing.T) {
	caps, err := Effective()
	if err != nil {
		t.Fatal(err)
	}
	if caps.Has(CapSetpcap) {
		t.Skip("needs an ordinary user: this one may drop")
	}
	c := sh("true")
	c.DropCapabilities = AllCapabilities()
	if len(c.DropCapabilities) == 0 {
		t.Skip("needs a bounding set that is not empty")
	}
	_, err = children.Start(c)
	if e, ok := errors.AsType[*StartError](err); !ok || e.Op != OpBounding || e.Hint() == "" {
		t.Fatalf("got %v", err)
	}
}

func TestAStageThatReadsNoOrdersIsLeft(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, w, err := os.Pipe() // orders that nobody reads
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	answer, silent, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Close(); _ = silent.Close() }()
	over := make(chan error)
	go func() { over <- converse(ctx, w, answer, make([]byte, 1<<20), "/vol/program") }()
	cancel()
	select {
	case err := <-over:
		e, ok := errors.AsType[*StartError](err)
		if !ok || e.Op != OpStage || !errors.Is(err, context.Canceled) || e.Code() != 125 {
			t.Fatalf("got %v", err)
		}
	case <-deadline(t).Done():
		t.Fatal("the start hangs with its stage")
	}
}

func TestConverse(t *testing.T) {
	tests := []struct {
		name, says string
		ends       bool
		want       error
		op         string
	}{
		{"ready and then gone is a start", `{"Ready":true}`, true, nil, ""},
		{"gone without a word", "", true, errStageDied, OpStage},
		{"half a word", `{"Ready":`, true, nil, OpStage},
		{"a failure before", `{"Op":"run","Errno":2}`, true, syscall.ENOENT, OpRun},
		{"a failure after ready", `{"Ready":true}{"Op":"run","Errno":13,"Hint":"h"}`, true, syscall.EACCES, OpRun},
		{"ready, and execve hangs", `{"Ready":true}`, false, context.Canceled, OpStage},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			theirs, orders, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			answer, says, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = theirs.Close(); _ = answer.Close() }()
			if _, err := says.WriteString(tt.says); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.ends {
				if err := says.Close(); err != nil {
					t.Fatal(err)
				}
			} else {
				defer func() { _ = says.Close() }()
				cancel()
			}
			err = converse(ctx, orders, answer, []byte("{}"), "/p")
			if tt.op == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			e, ok := errors.AsType[*StartError](err)
			if !ok || e.Op != tt.op || e.Path != "/p" || tt.want != nil && !errors.Is(err, tt.want) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

// deadServer mounts a file system whose server never answers.
func deadServer(t *testing.T) string {
	t.Helper()
	needsRoot(t)
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skip("needs /dev/fuse: ", err)
	}
	dir := t.TempDir()
	if err := unix.Mount("dead", dir, "fuse", unix.MS_NODEV|unix.MS_NOSUID, fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", fd)); err != nil {
		_ = unix.Close(fd)
		t.Skip("needs to mount: ", err)
	}
	t.Cleanup(func() {
		_ = unix.Close(fd) // everybody who waits for the server is told that it is gone
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestAProgramOnADeadFileServerHoldsNobodyUp(t *testing.T) {
	c := NewCommand(filepath.Join(deadServer(t), "program"), nil)
	c.OnVolume = true
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() {
		_, err := children.StartContext(ctx, c)
		over <- err
	}()
	for range 20 { // other children come and go
		p, err := children.Start(sh("exit 0"))
		if err != nil {
			t.Fatal(err)
		}
		ended(t, p)
	}
	select {
	case err := <-over:
		t.Fatalf("the program was not waited for: %v", err)
	default:
	}
	cancel()
	if err := <-over; !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	none(t)
}

func TestOrdersTravelUnchanged(t *testing.T) {
	text := rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) })
	rapid.Check(t, func(t *rapid.T) {
		c := &Command{
			Path: text.Draw(t, "path"), Dir: text.Draw(t, "dir"), Args: rapid.SliceOfN(text, 1, 4).Draw(t, "args"),
			Env: rapid.SliceOfN(text, 1, 4).Draw(t, "env"), Umask: rapid.IntRange(-1, 0o777).Draw(t, "umask"),
		}
		if rapid.Bool().Draw(t, "credential") {
			c.Credential = &Credential{UID: rapid.Uint32().Draw(t, "uid"), Groups: []uint32{rapid.Uint32().Draw(t, "group")}}
		}
		data, err := json.Marshal(c.orders())
		if err != nil {
			t.Fatal(err)
		}
		var o orders
		if err := json.Unmarshal(data, &o); err != nil {
			t.Fatal(err)
		}
		if got := o.command(); !reflect.DeepEqual(got, c) {
			t.Fatalf("got %+v, want %+v", got, c)
		}
	})
}

func TestAStageThatIsCalledWrongly(t *testing.T) {
	// The stage owns the descriptors that it is given, and they are closed when its files are collected: nobody else's numbers here.
	given := []string{StageName}
	for range 3 {
		fd, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		given = append(given, strconv.Itoa(fd))
	}
	for _, args := range [][]string{nil, {StageName}, {StageName, "3"}, {StageName, "x", "4"}, {StageName, "0", "1"}, given} {
		if code := childStage(args); code != 125 {
			t.Errorf("%q gave %d", args, code)
		}
	}
}

func TestABinaryThatDoesNotKnowTheStageDoesNotStartItselfForEver(t *testing.T) {
	c := part(t, "stage-less")
	got, status := output(t, c)
	if !status.Success() || got != errStageInStage.Error() {
		t.Fatalf("%s: %q", status, got)
	}
}

// helperStageLess is a program started as the stage that goes on as itself.
func helperStageLess() error {
	os.Args[0] = StageName
	c := sh("true")
	c.OnVolume = true
	_, err := NewTable().Start(c)
	if err == nil {
		return errors.New("the stage was started")
	}
	fmt.Println(errors.Unwrap(err))
	return nil
}

// A directory that is a descriptor of ours is the stage's too, whatever its path leads to, and isn't the program's.
func TestTheStageEntersADirectoryByItsHandle(t *testing.T) {
	top := t.TempDir()
	if err := errors.Join(os.Chmod(filepath.Dir(top), 0o755), os.Chmod(top, 0o755), os.Mkdir(top+"/a", 0o755), os.Chmod(top, 0o755)); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(top+"/a", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(fd) }()
	if err := errors.Join(os.Rename(top+"/a", top+"/b"), os.Mkdir(top+"/a", 0o755)); err != nil {
		t.Fatal(err)
	}
	for _, stage := range []bool{false, true} {
		c := sh("/bin/pwd -P; ls -l /proc/self/fd | grep -c " + top)
		c.Dir, c.OnVolume = "/proc/self/fd/"+strconv.Itoa(fd), stage
		if os.Geteuid() == 0 {
			c.Credential = &Credential{UID: 12345, GID: 12345}
		}
		if got, _ := output(t, c); got != top+"/b\n0" {
			t.Errorf("stage %v: got %q", stage, got)
		}
	}
}
