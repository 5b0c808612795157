package e2e

import (
	"strings"
	"testing"
)

func TestA51_AFreshVolumeIsSeeded(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	runs(t, 0, v.data(), hermes, "true")
	v.wants(t, map[string]string{".env": "10000:10000 600", "config.yaml": "10000:10000 640", "SOUL.md": "10000:10000"})
	sums := "md5sum < SOUL.md; md5sum < config.yaml; wc -c < .env"
	if got := v.sh(t, sums); strings.Contains(got, "d41d8cd98f00b204e9800998ecf8427e") || strings.HasSuffix(got, "\n0") {
		t.Errorf("a seed is empty: %s", got)
	}
	same(t, "SOUL.md", v.sh(t, "cat SOUL.md"), must(t, "run", "--rm", "--network", "none", "--entrypoint", "cat", hermes, "/opt/hermes/docker/SOUL.md"))
}

func TestA52_ExistingFilesAreNeverReplaced(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, `printf 'A=1\r\n\n#x\n' > .env; printf 'API_SERVER_KEY=mine-and-long-enough' >> .env; printf 'b:   2 # mine\n_config_version:  34' > config.yaml; : > SOUL.md; printf '{}' > auth.json; printf '{"x":1}' > gateway_state.json`)
	sums := "md5sum .env config.yaml SOUL.md auth.json gateway_state.json"
	before := v.sh(t, sums)
	runs(t, 0, v.data(), "-e", "HERMES_AUTH_JSON_BOOTSTRAP=other", "-e", "HERMES_GATEWAY_BOOTSTRAP_STATE=running", hermes, "true")
	same(t, "the user's files", v.sh(t, sums), before)
}

func TestA53_ADeletedSeedComesBack(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	runs(t, 0, v.data(), hermes, "true")
	before := v.sh(t, "cat SOUL.md; rm SOUL.md")
	r := runs(t, 0, v.data(), hermes, "true")
	same(t, "SOUL.md", v.sh(t, "cat SOUL.md"), before)
	has(t, r.err, "berth: ", "SOUL.md")
}

func TestA54_TheAuthSeed(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	const secret = `{"token":"s3cr3t-valu3 $(id)"}`
	r := runs(t, 0, v.data(), "-e", "HERMES_AUTH_JSON_BOOTSTRAP="+secret, hermes, "sh", "-c", "env; cat /proc/self/environ | tr '\\0' '\\n'")
	hasNot(t, r.all(), "s3cr3t-valu3", "HERMES_AUTH_JSON_BOOTSTRAP=")
	same(t, "auth.json", v.sh(t, "cat auth.json; echo -n .")+"", secret+".")
	v.wants(t, map[string]string{"auth.json": "10000:10000 600"})
	runs(t, 0, v.data(), "-e", "HERMES_AUTH_JSON_BOOTSTRAP=another", hermes, "true")
	same(t, "auth.json after another boot", v.sh(t, "cat auth.json"), secret)
	// A run whose seed variable is empty lays nothing down.
	empty := newVolume(t)
	runs(t, 0, empty.data(), "-e", "HERMES_AUTH_JSON_BOOTSTRAP=", hermes, "true")
	same(t, "auth.json of an empty variable", empty.sh(t, "ls auth.json 2>/dev/null || echo none"), "none")
}

func TestA55_TheBootstrapState(t *testing.T) {
	needs(t, hermes)
	const absent = "none"
	for _, c := range []struct{ name, before, value, after string }{
		// A gateway that is started by it writes the file anew, so this container is one that starts none.
		{"running lays the file down", "", "running", `{"gateway_state":"running"} 10000:10000 644`},
		{"stopped does not", "", "stopped", absent},
		{"another case does not", "", "Running", absent},
		{"an empty value does not", "", "", absent},
		{"a file that is there wins", `printf '{"gateway_state":"stopped"}' > gateway_state.json`, "running", `{"gateway_state":"stopped"} 10000:10000 644`},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := prepared(t, "touch x; chown 10000:10000 .; "+c.before)
			runs(t, 0, v.data(), "-e", "HERMES_GATEWAY_BOOTSTRAP_STATE="+c.value, hermes, "dashboard", "--help")
			same(t, "gateway_state.json", v.sh(t, "if [ -e gateway_state.json ]; then echo $(cat gateway_state.json) $(stat -c '%u:%g %a' gateway_state.json); else echo none; fi"), c.after)
		})
	}
	v := newVolume(t)
	runs(t, 0, v.data(), hermes, "true")
	same(t, "without the variable", v.sh(t, "ls gateway_state.json 2>/dev/null || echo none"), absent)

	link := prepared(t, "ln -s /opt/data/elsewhere gateway_state.json")
	r := runs(t, 0, link.data(), "-e", "HERMES_GATEWAY_BOOTSTRAP_STATE=running", hermes, "true")
	has(t, r.err, "refusing", "gateway_state.json")
	same(t, "the link", link.sh(t, "readlink gateway_state.json; ls elsewhere 2>/dev/null || echo none"), "/opt/data/elsewhere\nnone")
}

func TestA56_TheStateIsThereBeforeTheFirstMain(t *testing.T) {
	needs(t, hermes)
	// A hook looks: by the time of main the gateway itself writes there.
	look := hooked(t, `
  - {at: after-seed, name: look, command: [cat, /opt/data/gateway_state.json]}
`)
	r := runs(t, 0, append(look, "-e", "HERMES_GATEWAY_BOOTSTRAP_STATE=running", hermes, "true")...)
	has(t, r.err, `{"gateway_state":"running"}`)
}

func TestA61_TheStaleStampIsRemoved(t *testing.T) {
	needs(t, hermes)
	for content, want := range map[string]string{`docker`: "none", `  docker\n`: "none", `git\n`: "git", `docker-ish`: "docker-ish"} {
		v := prepared(t, "printf '"+content+"' > .install_method")
		runs(t, 0, v.data(), hermes, "true")
		same(t, "a stamp of "+content, v.sh(t, "cat .install_method 2>/dev/null || echo none"), want)
	}
	same(t, "the stamp beside the code", output(t, hermes, "cat", "/opt/hermes/.install_method"), "docker")
	v := newVolume(t)
	runs(t, 0, v.data(), hermes, "true")
	same(t, "the stamp on a fresh volume", v.sh(t, "ls .install_method 2>/dev/null || echo none"), "none")
}

func TestAKeyIsWrittenOnceAndNeverShown(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	const key = `sed -n 's/^API_SERVER_KEY=//p' .env`
	r := runs(t, 0, v.data(), hermes, "true")
	first := v.sh(t, key)
	if len(first) != 64 || strings.Trim(first, "0123456789abcdef") != "" {
		t.Fatalf("the key is %q, want 64 hex digits", first)
	}
	hasNot(t, r.all(), first)
	runs(t, 0, v.data(), hermes, "true")
	same(t, "the key after another boot", v.sh(t, key), first)
	ledger := v.sh(t, "cat .berth/* 2>/dev/null || :")
	hasNot(t, ledger, first)
	hasNot(t, output(t, v.data(), "--entrypoint", "berth", hermes, "boot", "--json"), first)

	own := newVolume(t)
	r = runs(t, 0, own.data(), "-e", "API_SERVER_KEY=an-operators-key-that-is-long", hermes, "true")
	same(t, "the key beside an operator's", own.sh(t, key), "")
	hasNot(t, r.all(), "an-operators-key-that-is-long")
	own.wants(t, map[string]string{".env": "10000:10000 600"})
}

// What an operator may have set, and where.
func TestA57_AKeyThatIsSetAlready(t *testing.T) {
	needs(t, hermes)
	const long, short = "API_SERVER_KEY=an-operators-key-that-is-long", "API_SERVER_KEY=short"
	for about, c := range map[string]struct {
		env, file, want string
		says            []string
	}{
		"in the file":                   {"", "A=1\n" + long + "\n", "A=1\n" + long, nil},
		"in the environment":            {long, "A=1\nAPI_SERVER_KEY=\nB=2\n", "A=1\nB=2", []string{"skipping generation of API_SERVER_KEY"}},
		"in both":                       {long, "API_SERVER_KEY=another-one-of-the-file\n", "API_SERVER_KEY=another-one-of-the-file", []string{"the .env value wins"}},
		"in the environment, too short": {short, "A=1\n", "A=1", []string{"skipping generation of API_SERVER_KEY", "shorter than 16 characters"}},
		"nowhere, and an empty line is in the file":   {"", "A=1\nAPI_SERVER_KEY=\nB=2\n", "A=1\nB=2\nAPI_SERVER_KEY=<key>", []string{"Generated API_SERVER_KEY in .env"}},
		"nowhere, and the file's last line isn't one": {"", "A=1", "A=1\nAPI_SERVER_KEY=<key>", []string{"Generated API_SERVER_KEY in .env"}},
	} {
		t.Run(about, func(t *testing.T) {
			v := prepared(t, "printf '"+strings.ReplaceAll(c.file, "\n", `\n`)+"' > .env; chmod 644 .env")
			options := []string{v.data()}
			if c.env != "" {
				options = append(options, "-e", c.env)
			}
			options = append(options, hermes, "true")
			r := runs(t, 0, options...)
			has(t, r.err, c.says...)
			hasNot(t, r.err, "operators", "=short", "another-one")
			if len(c.says) == 0 {
				hasNot(t, r.err, "API_SERVER_KEY")
			}
			const all = `sed 's/^API_SERVER_KEY=[0-9a-f]\{64\}$/API_SERVER_KEY=<key>/' .env`
			same(t, ".env", v.sh(t, all), c.want)
			v.wants(t, map[string]string{".env": "10000:10000 600"})
			before := v.sh(t, "cat .env; stat -c %i .env")
			runs(t, 0, options...)
			same(t, ".env after another boot", v.sh(t, "cat .env; stat -c %i .env"), before)
		})
	}
}

// A file that can't be written, and one that leads elsewhere: the boot says so and goes on.
func TestA57_AKeyThatCannotBeWritten(t *testing.T) {
	needs(t, hermes)
	file := prepared(t, "echo A=1 > env")
	r := runs(t, 0, newVolume(t).data(), "--volume="+file.source(t)+"/env:/opt/data/.env:ro", hermes, "echo", "main-ran")
	has(t, r.out, "main-ran")
	has(t, r.err, "could not write API_SERVER_KEY to .env")
	same(t, "the file", file.sh(t, "cat env; stat -c '%u %a' env"), "A=1\n0 644")

	v := prepared(t, "echo A=1 > elsewhere; ln -s elsewhere .env; chown -h 10000:10000 . .env elsewhere")
	r = runs(t, 0, v.data(), hermes, "echo", "main-ran")
	has(t, r.out, "main-ran")
	has(t, r.err, "refusing append through symlinked path .env")
	same(t, "what it leads to", v.sh(t, "cat elsewhere; readlink .env"), "A=1\nelsewhere")
}

func TestTwoBootsAtOnceMakeOneKey(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, "touch x; chown 10000:10000 .")
	done := make(chan result, 4)
	for range cap(done) {
		go func() {
			r, err := client("", "run", "--rm", "--network", "none", v.data(), hermes, "sed", "-n", "s/^API_SERVER_KEY=//p", "/opt/data/.env")
			if err != nil {
				r.err += err.Error()
			}
			done <- r
		}()
	}
	keys := map[string]bool{}
	for range cap(done) {
		r := <-done
		if r.code != 0 {
			t.Errorf("a boot beside others ended with %d: %s", r.code, r.err)
		}
		keys[r.out] = true
	}
	if len(keys) != 1 {
		t.Errorf("boots at once saw %d keys, want one", len(keys))
	}
	same(t, "lines with the key", v.sh(t, "grep -c ^API_SERVER_KEY= .env"), "1")
}
