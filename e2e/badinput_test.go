package e2e

import (
	"strings"
	"testing"
)

func TestAVolumePathThatIsNoDirectory(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, "echo precious > file; mkfifo fifo; mkdir target; ln -s target link; ln -s nowhere dangling; probe socket ./socket; mknod device c 1 3")
	before := v.snapshot(t)
	for _, kind := range []string{"file", "fifo", "link", "dangling", "socket", "device", "file/below"} {
		t.Run(kind, func(t *testing.T) {
			r := runs(t, 125, v.at("/v"), "-e", "HERMES_HOME=/v/"+kind, hermes, "echo", "MARK")
			hasNot(t, r.out, "MARK")
			has(t, r.err, "berth: ", "berth: hint: ", "/v/"+kind)
			noTrace(t, r)
			if n := len(berthLines(r.err)); n != 2 {
				t.Errorf("want one clear line and a hint, got %d:\n%s", n, r.err)
			}
		})
	}
	same(t, "the volume", v.snapshot(t), before)
}

func TestAFullVolumeLosesNothing(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t, "-d", "local", "-o", "type=tmpfs", "-o", "device=tmpfs", "-o", "o=size=256k,uid=10000,gid=10000,mode=0755")
	// A tmpfs lasts as long as somebody has it mounted.
	holder := start(t, v.data(), "--entrypoint", "/usr/local/bin/probe", withProbe(t), "wait")
	holder.sh(t, "cd /opt/data; echo 'A=1' > .env; chmod 644 .env; echo 'x: 1' > config.yaml; dd if=/dev/zero of=fill bs=4k 2>/dev/null || :; echo '{}' >> nothing 2>/dev/null || :")
	before := holder.sh(t, "cd /opt/data; md5sum .env config.yaml fill")
	r := runs(t, 0, v.data(), hermes, "echo", "main-ran")
	has(t, r.out, "main-ran")
	has(t, r.err, "berth: ", "no space left on device")
	noTrace(t, r)
	same(t, "the files", holder.sh(t, "cd /opt/data; md5sum .env config.yaml fill"), before)
	same(t, "leftovers of half a write", holder.sh(t, "cd /opt/data; find . -name '*.tmp*' -o -name '.berth-*' | wc -l; stat -c %a .env"), "0\n600")
	// With room again the next boot lays down what is missing.
	holder.sh(t, "rm /opt/data/fill")
	runs(t, 0, v.data(), hermes, "true")
	holder.sh(t, "cd /opt/data; [ -s SOUL.md ]; grep -q ^A=1 .env; grep -q ^API_SERVER_KEY= .env; [ -d logs/gateways ]")
}

func TestAReadOnlyRootFileSystem(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	r := runs(t, 0, "--read-only", v.data(), "-e", "PUID=4242", "-e", "PGID=4243", hermes, "sh", "-c", who)
	same(t, "main", strings.TrimSpace(r.out), "4242:4243 4243")
	has(t, r.err, "berth: ", "/etc/passwd")
	v.wants(t, map[string]string{".": "4242:4243", ".env": "4242:4243 600", "skills": "4242:4243"})
	r = runs(t, 0, "--read-only", "--tmpfs", "/run", "--tmpfs", "/tmp", v.data(), withSocket(t, "998"), hermes, "sh", "-c", who)
	has(t, r.out, "10000:10000 ", "998")
	quiet(t, warm(t, "--read-only", "--tmpfs", "/tmp", hermes).err)
}

func TestAVolumeFullOfOddNames(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, `mkdir -p skills sessions; touch "skills/a
WRONG" "skills/ blank " "skills/$(printf '\377\001')" 'skills/$(touch x)' skills/-rf; mkfifo skills/fifo sessions/fifo; probe socket skills/socket; mknod skills/null c 1 3; ln -s /etc/passwd skills/link`)
	r := runs(t, 0, v.data(), hermes, "true")
	noTrace(t, r)
	same(t, "files of root's left", v.sh(t, `find skills -user 0 ! -type l ! -type c | wc -l; stat -c %u skills/null; stat -c %u -L skills/link`), "0\n0\n0")
	hasNot(t, r.err, "\nWRONG", "\x01")
}

func TestASecondMountBelowTheVolumeIsNotEntered(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, "mkdir -p skills/mnt; touch skills/x")
	other := prepared(t, "mkdir dir; touch dir/x")
	runs(t, 0, v.data(), other.at("/opt/data/skills/mnt"), hermes, "true")
	v.wants(t, map[string]string{"skills/x": "10000:10000"})
	other.wants(t, map[string]string{"dir": "0:0", "dir/x": "0:0"})
}
