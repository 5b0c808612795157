package peer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/berth-init/berth/bench/rig"
)

// NameShell is the floor of a boot in s6-overlay's manner: a shell that runs the same scripts and supervises nothing.
const NameShell = "bare shell"

// Overlays gives those that can boot an image in s6-overlay's manner. Debian has s6 and execline, but not what s6-overlay is made
// of besides; a shell plays that part, with the two daemons that s6-rc keeps under supervision and with as few programs as the
// task allows: no database is compiled, no environment is written down. What s6-overlay itself does takes longer.
func Overlays() []Peer {
	return []Peer{
		{Name: NameBerth, Plan: overlay(`exec "$payload" stamp "$stamps" /init "$@"`)},
		{Name: NameShell, Plan: overlay(`exec "$payload" stamp "$stamps" /shell "$@"`)},
		{Name: NameS6, Needs: []string{"s6-svscan", "s6-svlink", "s6-svwait", "s6-sudo", "s6-fdholder-daemon", "execlineb"}, Plan: overlay(`exec "$payload" stamp "$stamps" /s6 "$@"`)},
	}
}

// levels is how many of the services each wait for the one before.
const levels = 4

// The image's own: an init script, two oneshots, and services of which each waits for one of the level before.
func overlayTree(root string, n int) error {
	const d = "/etc/s6-overlay/s6-rc.d/"
	files := map[string]string{
		"/etc/passwd":                       "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n",
		"/etc/group":                        "root:x:0:\nnogroup:x:65534:\n",
		"/etc/cont-init.d/01":               "#!/bin/sh\nprintf %s yes >/run/s6/container_environment/FIRST\n",
		d + "user/type":                     "bundle\n",
		d + "prepare/type":                  "oneshot\n",
		d + "prepare/up":                    "/etc/s6-overlay/scripts/prepare\n",
		d + "settle/type":                   "oneshot\n",
		d + "settle/up":                     "if { test -d /run/app } touch /run/settled\n",
		d + "user/contents.d/settle":        "",
		d + "settle/dependencies.d/prepare": "",
		d + "prepare/dependencies.d/base":   "",
		"/etc/s6-overlay/scripts/prepare":   "#!/bin/sh\nexec mkdir -p /run/app\n",
	}
	var level string // what the services of the next level wait for
	for i := range n {
		name := fmt.Sprintf("s%d", i)
		dir := d + name
		files[dir+"/type"] = "longrun\n"
		files[dir+"/run"] = "#!/bin/sh\nexec /payload hold\n"
		files[d+"user/contents.d/"+name] = ""
		if per := (n + levels - 1) / levels; i >= per {
			level = fmt.Sprintf("s%d", i-per)
		} else {
			level = "settle"
		}
		files[dir+"/dependencies.d/"+level] = ""
	}
	var err error
	for name, text := range files {
		mode := os.FileMode(0o644)
		if base := filepath.Base(name); base == "run" || base == "01" || filepath.Base(filepath.Dir(name)) == "scripts" {
			mode = 0o755
		}
		err = errors.Join(err, write(root+name, text, mode))
	}
	return err
}

// jailScript makes the image's root directory the only one there is.
const jailScript = `
set -eu
root=$1 berth=$2 payload=$3 stamps=$4; shift 4
mount --bind "$root" "$root"
mount --bind "$berth" "$root/app/berth"
mount --bind "$payload" "$root/payload"
mount --bind "${stamps%/*}" "$root/stamps"
cd "$root"
for d in usr bin sbin lib lib64 dev; do if [ -e "/$d" ]; then mkdir -p "$d"; mount --rbind "/$d" "$d"; fi; done
mount -t proc proc proc
mount -t tmpfs -o mode=0755 run run
export PATH=$PATH:/usr/sbin:/sbin
exec chroot . /usr/bin/env -i PATH=/usr/bin:/bin sh -c "$BECOMES" sh "$@"
`

// shellBoot runs what an image has, one after the other, and starts the services behind it.
const shellBoot = `#!/bin/sh
mkdir -p /run/s6/container_environment /run/service
for f in /etc/cont-init.d/*; do "$f"; done
/etc/s6-overlay/scripts/prepare
test -d /run/app && touch /run/settled
for d in /etc/s6-overlay/s6-rc.d/s[0-9]*; do
  if [ -e "$d/run" ]; then (cd "$d" && exec ./run) & fi
done
trap 'kill -TERM $(jobs -p) 2>/dev/null; exit 0' TERM
"$@" &
wait
`

// s6Boot is PID 1's part, and s6Stage what s6-overlay does beside it: the init scripts, the oneshots by their runner, and each
// service under supervision once those that it waits for are up.
const s6Boot = `#!/bin/sh
mkdir -p /run/s6/container_environment /run/service
mkfifo /run/ready
/s6-stage "$@" &
exec s6-svscan -d 4 -- /run/service 4>/run/ready
`

const s6Stage = `#!/bin/sh
cp -R /etc/s6-overlay/s6-rc.d /daemons /run
read -r _ </run/ready
for name in runner holder; do s6-svlink /run/service "/run/daemons/$name" & done
wait
(cd /run/service && exec s6-svwait -U runner holder)
for f in /etc/cont-init.d/*; do s6-envdir /run/s6/container_environment "$f"; done
for name in prepare settle; do s6-sudo /run/daemons/runner/s "$name"; done
while read -r level; do
  for name in $level; do s6-svlink /run/service "/run/s6-rc.d/$name" & done
  wait
  (cd /run/service && exec s6-svwait -u $level)
done </levels
exec "$@"
`

// s6Daemons are what s6-rc starts before anything else: one runs the oneshots, one holds the pipes.
func s6Daemons(root string) error {
	const d = "/daemons/"
	return errors.Join(
		write(root+d+"runner/notification-fd", "3\n", 0o644),
		write(root+d+"runner/run", "#!/bin/sh\nexec s6-ipcserver -1 -a 0700 s s6-sudod /s6-oneshot >&3\n", 0o755),
		write(root+d+"holder/notification-fd", "3\n", 0o644),
		write(root+d+"holder/run", "#!/bin/sh\nexec s6-fdholder-daemon -1 -i /daemons/rules s >&3\n", 0o755),
		write(root+d+"rules/uid/0/allow", "", 0o644),
		write(root+"/s6-oneshot", "#!/bin/sh\nexec execlineb -P \"/etc/s6-overlay/s6-rc.d/$1/up\"\n", 0o755),
	)
}

// overlay gives a plan by what PID 1 becomes in the image.
func overlay(becomes string) func(Job) (Plan, error) {
	return func(j Job) (Plan, error) {
		root := filepath.Join(j.Dir, "root")
		err := overlayTree(root, j.N)
		for _, dir := range []string{"app", "command", "dev", "proc", "run", "tmp", "stamps", "package/admin/s6-overlay-3.1.6.2"} {
			err = errors.Join(err, os.MkdirAll(filepath.Join(root, dir), 0o755))
		}
		for _, file := range []string{"app/berth", "payload"} { // what is mounted on them is executable
			err = errors.Join(err, write(filepath.Join(root, file), "", 0o755))
		}
		err = errors.Join(err, os.Symlink("/app/berth", filepath.Join(root, "init")), os.Symlink("s6-overlay-3.1.6.2", filepath.Join(root, "package/admin/s6-overlay")))
		for _, name := range []string{"with-contenv", "execlineb", "if", "s6-svstat", "s6-svc", "s6-setuidgid"} {
			err = errors.Join(err, os.Symlink("/app/berth", filepath.Join(root, "command", name)))
		}
		var order string
		per := max(1, (j.N+levels-1)/levels)
		for i := range j.N {
			order += fmt.Sprintf("s%d", i)
			if i%per == per-1 || i == j.N-1 {
				order += "\n"
			} else {
				order += " "
			}
		}
		err = errors.Join(err, write(root+"/levels", order, 0o644), write(root+"/shell", shellBoot, 0o755), write(root+"/s6", s6Boot, 0o755), write(root+"/s6-stage", s6Stage, 0o755), s6Daemons(root))
		stamps := filepath.Join(j.Dir, "f")
		// It runs only where the image's scripts have all run.
		command := []string{"sh", "-c", "test -s /run/s6/container_environment/FIRST && test -e /run/settled && exec /payload idle /stamps/f"}
		return Plan{
			Program: rig.Program{
				Argv: append([]string{"sh", "-c", jailScript, "sh", root, j.Berth, j.Payload, stamps}, command...),
				Env:  []string{"BECOMES=payload=/payload stamps=/stamps/f; " + becomes},
			},
			Stop: syscall.SIGTERM,
		}, err
	}
}
