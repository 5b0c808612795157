package volume

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// besiegerEnv says that the test program is a besieger: "app", or "root" who helps it.
const besiegerEnv = "BERTH_TEST_BESIEGER"

// managed is every place on the full rig's volume that a boot works on, and some above and below.
func managed() []string {
	return []string{
		"skills", "skills/a", "skills/a/file", "logs", "logs/gateways", "logs/gateways/current", "logs/app.log", "profiles", "profiles/p", "profiles/p/marker", "profiles/p/.env",
		".env", "config.yaml", "auth.json", "state.db", "state.json", ".install_method", "notes", "notes/deep", "notes/deep/SOUL.md", "platforms",
		"platforms/pairing", "home", boot.LedgerDir, boot.LedgerDir + "/" + lockName, boot.LookFile, mirrorFile, boot.LedgerFile,
		"skills/core", "skills/core/SKILL.md", "skills/web", "skills/web/fetch", "skills/.manifest", stageName, stageName + "/new", stageName + "/out", stageName + "/old",
	}
}

// besiege attacks the volume until stdin ends. What it does fails most of the time, as others swap the same names.
func besiege(role, vol, image string) {
	var stop atomic.Bool
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop.Store(true)
	}()
	b := &besieger{vol: vol, image: image}
	fmt.Println("at it")
	for n := 0; !stop.Load(); n++ {
		if role == "root" {
			b.plant(n)
		} else {
			b.swap()
		}
	}
	if role == "root" {
		b.lift()
	}
}

type besieger struct{ vol, image string }

func (b *besieger) at(name string) string { return filepath.Join(b.vol, name) }

// swap exchanges a managed name with something else beside it.
func (b *besieger) swap() {
	names := managed()
	name := names[rand.IntN(len(names))]
	dir, err := unix.Openat2(unix.AT_FDCWD, filepath.Dir(b.at(name)), &unix.OpenHow{Flags: unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_SYMLINKS})
	if err != nil {
		return
	}
	defer func() { _ = unix.Close(dir) }()
	name = filepath.Base(name)
	kind := rand.IntN(7)
	beside := fmt.Sprintf("%s.beside-%d", name, kind)
	switch kind {
	case 0:
		_ = unix.Symlinkat(b.image+"/victim/file", dir, beside)
	case 1:
		_ = unix.Symlinkat(b.image+"/victim/dir", dir, beside)
	case 2:
		_ = unix.Symlinkat(b.image+"/open", dir, beside)
	case 3:
		_ = unix.Mknodat(dir, beside, unix.S_IFIFO|0o666, 0)
	case 4:
		_ = unix.Mkdirat(dir, beside, 0o777)
	case 5:
		if fd, err := unix.Openat(dir, beside, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o666); err == nil {
			_, _ = unix.Write(fd, []byte("docker"))
			_ = unix.Close(fd)
		}
	default:
		b.mischief(dir, beside)
	}
	if unix.Renameat2(dir, name, dir, beside, unix.RENAME_EXCHANGE) != nil {
		_ = unix.Renameat2(dir, beside, dir, name, unix.RENAME_NOREPLACE)
	}
	if rand.IntN(8) == 0 {
		_ = unix.Unlinkat(dir, beside, 0)
		_ = unix.Unlinkat(dir, beside, unix.AT_REMOVEDIR)
	}
}

// mischief tries what the kernel refuses, and takes the places of berth's own temporary names.
func (b *besieger) mischief(dir int, beside string) {
	_ = unix.Linkat(unix.AT_FDCWD, b.image+"/victim/file", dir, beside, 0)
	all, _ := os.ReadDir(b.vol)
	for _, e := range all {
		if fsx.IsTemp(e.Name()) && os.Remove(b.at(e.Name())) == nil {
			_ = os.Symlink(b.image+"/open/file", b.at(e.Name()))
		}
	}
}

// dir opens a directory of the volume that is one, however its name is swapped. Root acts below such a handle alone, or it
// would do to the outside itself what it wants berth to do.
func (b *besieger) dir(name string) (int, bool) {
	fd, err := unix.Openat2(unix.AT_FDCWD, b.at(name), &unix.OpenHow{Flags: unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_SYMLINKS})
	if err != nil {
		return -1, false
	}
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || b.outside(&st) {
		_ = unix.Close(fd)
		return -1, false
	}
	return fd, true
}

// outside says whether it is a thing of the image's.
func (b *besieger) outside(st *unix.Stat_t) bool {
	found := false
	_ = filepath.WalkDir(b.image, func(p string, _ os.DirEntry, _ error) error {
		var it unix.Stat_t
		if unix.Lstat(p, &it) == nil && it.Ino == st.Ino && it.Dev == st.Dev {
			found = true
			return filepath.SkipAll
		}
		return nil
	})
	return found
}

// plant does what only root can: other names for foreign files, devices, mounts, and owners to heal.
func (b *besieger) plant(n int) {
	trees := []string{"skills", "skills/a", "skills/core", "logs", "logs/gateways", "profiles", "profiles/p"}
	dir, ok := b.dir(trees[rand.IntN(len(trees))])
	if !ok {
		return
	}
	defer func() { _ = unix.Close(dir) }()
	below := fmt.Sprintf("/proc/self/fd/%d/", dir)
	switch n % 5 {
	case 0:
		_ = unix.Linkat(unix.AT_FDCWD, b.image+"/victim/file", dir, fmt.Sprintf("planted-%d", n%3), 0)
	case 1:
		_ = unix.Unlinkat(dir, fmt.Sprintf("planted-%d", rand.IntN(3)), 0)
	case 2:
		_ = unix.Mknodat(dir, "planted-device", unix.S_IFCHR|0o600, int(unix.Mkdev(1, 3)))
		_ = unix.Unlinkat(dir, "planted-device", 0)
	case 3:
		if unix.Unmount(below+"mounted", unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW) != nil {
			_ = unix.Mkdirat(dir, "mounted", 0o755)
			b.mount(dir)
		}
	default:
		b.spoil(dir)
	}
}

// mount mounts a foreign directory below one of the volume's.
func (b *besieger) mount(dir int) {
	to, err := unix.Openat(dir, "mounted", unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer func() { _ = unix.Close(to) }()
	_ = unix.Mount(b.image+"/victim/dir", fmt.Sprintf("/proc/self/fd/%d", to), "", unix.MS_BIND, "")
}

// spoil gives something that is the volume's to somebody else.
func (b *besieger) spoil(dir int) {
	read, err := unix.Openat(dir, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	f := os.NewFile(uintptr(read), "")
	names, _ := f.Readdirnames(-1)
	_ = f.Close()
	names = append(names, ".")
	fd, err := unix.Openat(dir, names[rand.IntN(len(names))], unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if unix.Fstat(fd, &st) == nil && !b.outside(&st) {
		_ = unix.Fchownat(fd, "", []int{0, 999}[rand.IntN(2)], 0, unix.AT_EMPTY_PATH)
	}
}

// lift takes the mounts away.
func (b *besieger) lift() {
	for range 1000 {
		data, _ := os.ReadFile("/proc/self/mountinfo")
		done := true
		for line := range strings.Lines(string(data)) {
			if f := strings.Fields(line); len(f) > 4 && strings.HasPrefix(f[4], b.vol+"/") && unix.Unmount(f[4], unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW) == nil {
				done = false
			}
		}
		if done {
			return
		}
	}
}

// asApp is who the unprivileged besieger is.
func (g *rig) asApp() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: g.uid, Gid: g.gid}}
}
