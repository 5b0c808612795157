package e2e

import (
	"strings"
	"testing"
)

func TestA59_RoutesFollowTheContainer(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, `mkdir -p profiles/coder profiles/writer profiles/none; touch profiles/coder/SOUL.md profiles/writer/SOUL.md
printf '# mine\nNOUS_PORTAL_BASE_URL=http://stale\nexport NOUS_PORTAL_BASE_URL="http://staler"\nTOKEN=x\n' > profiles/coder/.env; chmod 640 profiles/coder/.env
printf 'API_SERVER_KEY=an-operators-key-that-is-long\n' > .env; chown -R 10000:10000 .`)
	boot := func(env ...string) string {
		args := []string{v.data()}
		for _, e := range env {
			args = append(args, "-e", e)
		}
		r := runs(t, 0, append(args, hermes, "true")...)
		hasNot(t, r.all(), "s3cr3t")
		return r.err
	}
	all := func() string {
		return v.sh(t, "for f in .env profiles/*/.env; do [ -f $f ] && echo [$f] && cat $f; done; :")
	}
	inodes := func() string { return v.sh(t, "stat -c '%n %i %y %a' .env profiles/*/.env") }

	const own = "API_SERVER_KEY=an-operators-key-that-is-long"
	// Set: in the volume's own file and in each profile's, once, 0600 where it is made.
	portal, inference := "NOUS_PORTAL_BASE_URL=https://me:s3cr3t@portal.example/v1", "NOUS_INFERENCE_BASE_URL=https://inference.example/?a=1&b=2"
	has(t, boot(portal, inference), "berth: Set NOUS_PORTAL_BASE_URL, NOUS_INFERENCE_BASE_URL in .env, profiles/coder/.env, profiles/writer/.env")
	quoted := "NOUS_INFERENCE_BASE_URL='https://inference.example/?a=1&b=2'"
	same(t, "the files", all(), "[.env]\n"+own+"\n"+portal+"\n"+quoted+"\n[profiles/coder/.env]\n# mine\n"+portal+"\nTOKEN=x\n"+quoted+"\n[profiles/writer/.env]\n"+portal+"\n"+quoted)
	v.wants(t, map[string]string{".env": "10000:10000 600", "profiles/writer/.env": "10000:10000 600", "profiles/coder/.env": "10000:10000 640"})
	same(t, "a shell's reading", v.sh(t, `. ./.env; echo "$NOUS_INFERENCE_BASE_URL"`), "https://inference.example/?a=1&b=2")

	// Unchanged: the files aren't touched.
	before := inodes()
	quiet(t, boot(portal, inference))
	same(t, "the files after a second boot", inodes(), before)

	// Changed, and one unset.
	changed := strings.Replace(portal, "portal.example", "other.example", 1)
	has(t, boot(changed, "NOUS_INFERENCE_BASE_URL="), "berth: Set NOUS_PORTAL_BASE_URL in ", "berth: Removed NOUS_INFERENCE_BASE_URL from ")
	same(t, "the files", all(), "[.env]\n"+own+"\n"+changed+"\n[profiles/coder/.env]\n# mine\n"+changed+"\nTOKEN=x\n[profiles/writer/.env]\n"+changed)

	// All unset; what the user has written meanwhile stays.
	v.sh(t, "echo HERMES_PORTAL_BASE_URL=http://mine >> profiles/writer/.env")
	has(t, boot(), "berth: Removed NOUS_PORTAL_BASE_URL from ")
	same(t, "the files", all(), "[.env]\n"+own+"\n[profiles/coder/.env]\n# mine\nTOKEN=x\n[profiles/writer/.env]\nHERMES_PORTAL_BASE_URL=http://mine")
	quiet(t, boot())
}

func TestA59_NothingIsWrittenThroughALink(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, `mkdir -p profiles/coder profiles/writer; touch profiles/coder/SOUL.md profiles/writer/SOUL.md; echo theirs > elsewhere
ln -s ../../elsewhere profiles/coder/.env; ln -s elsewhere .env; chown -hR 10000:10000 .`)
	r := runs(t, 0, v.data(), "-e", "NOUS_PORTAL_BASE_URL=https://portal.example", hermes, "echo", "main-ran")
	has(t, r.out, "main-ran")
	has(t, r.err, "refusing write through symlinked path .env, profiles/coder/.env")
	same(t, "the files", v.sh(t, "readlink .env profiles/coder/.env; cat elsewhere profiles/writer/.env"), "elsewhere\n../../elsewhere\ntheirs\nNOUS_PORTAL_BASE_URL=https://portal.example")
}

// A secret that a file gives reaches main and the services by its own name, and the variable that named the file reaches nobody.
func TestASecretFromAFileReachesMainAndServices(t *testing.T) {
	needs(t, hermes)
	secrets := prepared(t, "printf 'from-a-file\\n' > token; printf 'a-key-that-is-long-enough\\n' > key; chmod 600 token key")
	c := startUp(t, newVolume(t).data(), secrets.at("/secrets")+":ro", "-e", "FILE__MY_TOKEN=/secrets/token", "-e", "API_SERVER_KEY_FILE=/secrets/key", "-e", "SSL_CERT_FILE=/secrets/token",
		"-e", "HERMES_GATEWAY_BOOTSTRAP_STATE=running", "-e", "HERMES_DASHBOARD=1", hermes)
	for what, pid := range map[string]int{"the gateway": c.awaitRun(t, "gateway-default", 0).Pid, "the dashboard": c.awaitRun(t, "dashboard", 0).Pid, "main": c.named(t, "sleep")[0].pid} {
		env := "\n" + strings.Join(c.environOf(t, pid), "\n") + "\n"
		for _, want := range []string{"MY_TOKEN=from-a-file", "API_SERVER_KEY=a-key-that-is-long-enough", "SSL_CERT_FILE=/secrets/token"} {
			if !strings.Contains(env, "\n"+want+"\n") {
				t.Errorf("%s lacks %s:\n%s", what, want, env)
			}
		}
		hasNot(t, env, "FILE__", "API_SERVER_KEY_FILE")
	}
	hasNot(t, c.sh(t, "cat /run/berth/*.json"), "from-a-file", "a-key-that-is-long-enough")
}
