package s6words

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Words of packages that Debian doesn't have: what their pages say.
func TestSmallWords(t *testing.T) {
	for _, c := range []struct {
		name, script, want string
	}{
		{"true and false", "s6-true x; echo $?; s6-false; echo $?", "0\n1\n"},
		{"echo", "s6-echo a b; s6-echo -n a b; s6-echo -s : a b; s6-echo; s6-echo -- -n; s6-echo -s ab x; echo $?", "a b\na ba:b\n\n-n\n100\n"},
		{"cat", "printf 'a\\0b' | s6-cat | tr '\\0' 0", "a0b"},
		{"printenv", "A=1 s6-printenv A; A=1 s6-printenv -n A; s6-printenv NONE; echo $?; A=1 s6-printenv | grep ^A=", "1\n11\nA=1\n"},
		{"env", "A=1 s6-env B=2 C= sh -c 'echo $A$B${C-x}'; A=1 s6-env -i PATH=$PATH sh -c 'echo ${A-none}'; s6-env Q=1 | grep ^Q", "12\nnone\nQ=1\n"},
		{"basename and dirname", "for p in a/b a/b/ /a a / // a//b .; do s6-basename \"$p\"; s6-dirname \"$p\"; done; s6-basename -n a.c .c; s6-basename .c .c", "b\na\nb\na\na\n/\na\n.\n/\n/\n/\n/\nb\na\n.\n.\na.c"[:0] + "b\na\nb\na\na\n/\na\n.\n/\n/\n/\n/\nb\na\n.\n.\na.c\n"},
		{"linkname", "ln -s x l; s6-linkname l; s6-linkname -n l; s6-linkname -f l; echo $?; touch x; test $(s6-linkname -f l) = $(readlink -f l) && echo same; s6-linkname x; echo $?", "x\nx111\nsame\n111\n"},
		{"seq", "s6-seq 3; s6-seq 2 4; s6-seq 1 3 8; s6-seq -s , 3; s6-seq -w 9 11; s6-seq 3 1; s6-seq x; echo $?", "1\n2\n3\n2\n3\n4\n1\n4\n7\n1,2,3\n09\n10\n11\n100\n"},
		{"head", "seq 20 | s6-head | tail -n 1; seq 20 | s6-head -n 2; seq 20 | s6-head -3 | tail -n 1; printf abcdef | s6-head -c 3; seq 3 | s6-head -n 0", "10\n1\n2\n3\nabc"},
		{"sort", "printf 'b\\na\\nB\\na' | s6-sort; printf 'b\\na\\na\\n' | s6-sort -ru; printf 'B\\na\\n' | s6-sort -f; printf ' b\\na\\n' | s6-sort -b; printf 'b\\0a\\0' | s6-sort -0 | tr '\\0' ,; printf 'b\\na\\n' | s6-sort -c; echo $?; printf 'a\\nb\\n' | s6-sort -c; echo $?", "B\na\na\nb\nb\na\na\nB\na\n b\na,b,1\n0\n"},
		{"quote and unquote", `s6-quote 'a"b'; s6-quote -u 'a b'; s6-quote -d "'" "a'b"; s6-unquote '"a\"b\n\0x41"'; s6-unquote -q "'" "'a'"; s6-unquote -Q 'a\tb'; s6-unquote 'a'; echo $?; s6-unquote '"a'; echo $?`, "\"a\\\"b\"\na b\n'a\\'b'\na\"b\nA\na\na\tb\n100\n100\n"},
		{"sleep and pause", "s6-sleep -m 1; echo $?; s6-sleep x; echo $?; s6-pause -t & p=$!; s6-sleep -m 300; kill $p; wait $p; echo $?", "0\n100\n0\n"},
		{"maximumtime", "s6-maximumtime 60000 sh -c 'exit 3'; echo $?; s6-maximumtime -k 50 sleep 100; echo $?; s6-maximumtime 0 true; echo $?; s6-maximumtime x true; echo $?", "3\n99\n0\n100\n"},
		{"retries", "echo 0 >n; with-retries -n 3 -t 1 sh -c 'read n <n; echo $((n+1)) >n; exit 4'; echo $?; cat n; with-retries -t 1 sh -c 'read n <n; echo $((n+1)) >n; test $n -ge 5'; echo $?; cat n; with-retries nonesuch; echo $?", "4\n3\n0\n6\n127\n"},
		{"mkdir", "s6-mkdir a; s6-mkdir a; echo $?; s6-mkdir -p a x/y/z; echo $?; s6-mkdir -m 700 m; stat -c %a m; s6-mkdir -m 9 q; echo $?; ls -d x/y/z", "111\n0\n700\n100\nx/y/z\n"},
		{"mkfifo and touch", "s6-mkfifo -m 600 f; stat -c '%F %a' f; s6-touch t f .; echo $?; stat -c %F t; s6-touch no/t; echo $?", "fifo 600\n0\nregular empty file\n111\n"},
		{"ln", "echo 1 >a; s6-ln -s a l; readlink l; s6-ln -s b l; echo $?; s6-ln -sf b l; readlink l; s6-ln a h; cat h; s6-ln -f a h; ls; mkdir d; s6-ln -s ../a x d; ls d; ln -s d e; s6-ln -snf n e; readlink e; s6-ln a b nodir; echo $?", "a\n111\nb\n1\na\nh\nl\na\nx\nn\n100\n"},
		{"rename, rmrf and ls", "mkdir -p d/.x/y; echo >d/b; echo >d/a; s6-ls d; s6-ls -A d; s6-ls -a d | wc -l; s6-ls -0 -x a d | tr '\\0' ,; s6-rename d e; s6-rmrf e none; echo $?; ls", "a\nb\n.x\na\nb\n5\nb,0\n"},
		{"chmod", "touch f; s6-chmod 640 f; stat -c %a f; s6-chmod u+x f; echo $?; s6-chmod 600 none; echo $?", "640\n100\n111\n"},
		{"chown to oneself", "touch f; s6-chown -u $(id -u) -g $(id -g) f; echo $?; UID=x s6-chown -U f; echo $?; s6-chown f; echo $?", "0\n100\n0\n"},
		{"dumpenv", "env -i PATH=$PATH A=1 B= 'C=a\nb' s6-dumpenv d; for v in A B C; do od -An -c d/$v; done; env -i PATH=$PATH A=1 B= s6-dumpenv -N -m 700 e; for v in A B; do od -An -c e/$v; done; stat -c %a e", "   1\n   a  \\n   b\n   1  \\n\n  \\n\n700\n"},
		{"hiercopy", "mkdir -p s/d; echo x >s/d/f; chmod 751 s/d; ln -s f s/d/l; mkfifo -m 600 s/p; s6-hiercopy s c; find c | sort; stat -c %a c/d; readlink c/d/l; cat c/d/f; s6-hiercopy none x; echo $?", "c\nc/d\nc/d/f\nc/d/l\nc/p\n751\nf\nx\n111\n"},
		{"hostname and uniquename", "test \"$(s6-hostname)\" = \"$(uname -n)\" && echo same; a=$(s6-uniquename x); b=$(s6-uniquename x); test $a != $b && echo ${a%%:*}", "same\nx\n"},
		{"nice", "n=$(nice); echo $(($(s6-nice -n 3 nice)-n)) $(($(s6-nice -n 3 s6-nice -n 2 nice)-n)); s6-nice -n x true; echo $?", "3 5\n100\n"},
		{"sync", "s6-sync; echo $?", "0\n"},
		{"what berth doesn't have", "s6-ipcserver x; echo $?; s6-fdholderd 2>&1 | grep -c hint; s6-sudod; echo $?", "127\n1\n127\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := run(t, links(t), t.TempDir(), c.script)
			if o.Stdout != c.want {
				t.Errorf("%s\nprints %q\nwant   %q\n%s", c.script, o.Stdout, c.want, o.stderr)
			}
		})
	}
}

func TestQuotesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "text"))
		got, err := unescape(`"`+escape(text, `"`)+`"`, `"`)
		if err != nil || got != text {
			t.Fatalf("%q comes back as %q, %v", text, got, err)
		}
	})
}

func TestEveryNameIsFoundOnce(t *testing.T) {
	for _, w := range words {
		if Find(w) == nil {
			t.Errorf("%s isn't found", w)
		}
	}
	for _, w := range []string{"", "s6-", "svc", "s6-svc2", "sh", "s6-log", "init", "with-contenv2"} {
		if Find(w) != nil {
			t.Errorf("%q is found", w)
		}
	}
	for _, w := range []string{"s6-setuidgid", "s6-setlock"} {
		if !Alone(w) || Alone("s6-svc") {
			t.Errorf("%s can be called for a child", w)
		}
	}
}

// A daemon is asked until it is ready, by a child that tells who supervises; the daemon is what this process has become.
func TestNotifyoncheck(t *testing.T) {
	dir := t.TempDir()
	lay(map[string]string{
		"data/check": "#!/bin/sh\necho x >>asked\ntest -e ready\n", "notification-fd": "3\n", "execlineb": "#!/bin/sh\nexec sh -c \"$2\"\n",
		"run": "#!/bin/sh\nexec 3>news\nexec s6-notifyoncheck \"$@\"\n",
	})(t, dir)
	for _, c := range []struct{ name, script, want string }{
		{"it asks until it is ready", "./run -s 1 -w 20 sh -c 'while ! test -e asked; do sleep 0.02; done; touch ready; while ! test -s news; do sleep 0.02; done; wc -l <news'", "1\n"},
		{"by a grandchild", "touch ready; ./run -d -s 1 -w 20 sh -c 'while ! test -s news; do sleep 0.02; done; wc -l <news'", "1\n"},
		{"the line of -c", "PATH=$PWD:$PATH; ./run -s 1 -w 20 -c 'test -n \"$HERE\"' sh -c 'while ! test -s news; do sleep 0.02; done; wc -l <news'", "1\n"},
		{"the descriptor isn't the daemon's", "./run -n 1 -s 1 sh -c 'ls -l /proc/self/fd | grep -c news'", "0\n"},
		{"no descriptor for the news", "s6-notifyoncheck -3 9 true; echo $?; s6-notifyoncheck -3 x true; echo $?; s6-notifyoncheck; echo $?; ./run -n 1", "111\n100\n100\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, f := range []string{"asked", "ready", "news"} {
				_ = os.Remove(filepath.Join(dir, f))
			}
			o := run(t, links(t), dir, c.script, "HERE=1")
			if o.Stdout != c.want {
				t.Errorf("%s\nprints %q\nwant   %q\n%s", c.script, o.Stdout, c.want, o.stderr)
			}
		})
	}
	// The news are one line, however often it was asked.
	if b, err := os.ReadFile(filepath.Join(dir, "news")); err == nil && strings.Count(string(b), "\n") > 1 {
		t.Errorf("the news are %q", b)
	}
}
