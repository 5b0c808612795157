package e2e

import (
	"strings"
	"testing"
)

const (
	reseedSession = `{"client_id":"hermes-cli-vps","access_token":"s3cr3t-new","refresh_token":"s3cr3t-r","obtained_at":"2026-03-01T00:00:00+00:00"}`
	reseedOther   = `"other":{"access_token":"theirs","big":12345678901234567890}`
)

func authFile(nous string) string {
	return `{"version":1,"providers":{"nous":` + nous + `,` + reseedOther + `},"active_provider":"nous"}`
}

func TestA58_ASessionThatIsOverIsReplaced(t *testing.T) {
	needs(t, hermes)
	const over = `{"client_id":"hermes-cli-vps","access_token":"","last_auth_error":{"relogin_required":true},"obtained_at":"2027-01-01T00:00:00Z"}`
	const older = `{"client_id":"hermes-cli-vps","access_token":"s3cr3t-old","refresh_token":"s3cr3t-x","obtained_at":"2026-03-01T01:30:00+02:00"}`
	equal := strings.Replace(older, "2026-03-01T01:30:00+02:00", "2026-03-01T02:00:00+02:00", 1)
	for _, c := range []struct{ outcome, file, variable, want, says string }{
		{"no_seed", authFile(over), "", authFile(over), ""},
		{"bad_seed", authFile(over), strings.Replace(reseedSession, "hermes-cli-vps", "hermes-cli", 1), authFile(over), "bad_seed"},
		{"bad_seed, over itself", authFile(over), strings.Replace(reseedSession, "{", `{"last_auth_error":{"relogin_required":true},`, 1), authFile(over), "bad_seed"},
		{"no_auth_file", "", reseedSession, "", "no_auth_file"},
		{"auth_unreadable", "{", reseedSession, "{", "auth_unreadable"},
		{"not_terminal", authFile(equal), reseedSession, authFile(equal), ""},
		{"reseeded", authFile(over), reseedSession, authFile(reseedSession), "Nous bootstrap session was terminal"},
		{"reseeded_newer", authFile(older), authFile(reseedSession), authFile(reseedSession), "Applied newer orchestrator-issued Nous bootstrap session"},
	} {
		t.Run(c.outcome, func(t *testing.T) {
			v := prepared(t, "chown 10000:10000 .")
			if c.file != "" {
				v.sh(t, "printf %s '"+c.file+"' > auth.json; chown 10000:10000 auth.json; chmod 644 auth.json")
			}
			boot := func() result {
				return runs(t, 0, v.data(), "-e", "HERMES_AUTH_JSON_REBOOTSTRAP="+c.variable, hermes, "sh", "-c", "env; cat /proc/self/environ | tr '\\0' '\\n'; echo main-ran")
			}
			r := boot()
			has(t, r.out, "main-ran")
			hasNot(t, r.all(), "s3cr3t", "HERMES_AUTH_JSON_REBOOTSTRAP=")
			same(t, "auth.json", v.sh(t, "cat auth.json 2>/dev/null || :"), c.want)
			if c.says == "" {
				hasNot(t, r.err, "auth.json: ", "session")
			} else {
				has(t, r.err, c.says)
			}
			if strings.HasPrefix(c.outcome, "reseeded") {
				v.wants(t, map[string]string{"auth.json": "10000:10000 600"})
				before := v.snapshot(t)
				quiet(t, boot().err)
				same(t, "the volume after a second boot", v.snapshot(t), before)
			}
		})
	}
}

func TestA58_WhatStandsInTheFilesPlaceIsLeftAlone(t *testing.T) {
	needs(t, hermes)
	for about, make := range map[string]string{
		"a link": "ln -s ../../outside auth.json", "a FIFO": "mkfifo auth.json", "a directory": "mkdir auth.json",
		"a hard link": "echo '{}' > elsewhere; ln elsewhere auth.json", "a huge file": "truncate -s 1G auth.json",
	} {
		t.Run(about, func(t *testing.T) {
			v := prepared(t, make+"; chown -h 10000:10000 . *")
			kind := "stat -c '%F %i %s' auth.json"
			before := v.sh(t, kind)
			r := runs(t, 0, v.data(), "-e", "HERMES_AUTH_JSON_REBOOTSTRAP="+reseedSession, hermes, "echo", "main-ran")
			has(t, r.out, "main-ran")
			if about == "a link" {
				has(t, r.err, "refusing reseed through symlinked path auth.json")
			} else {
				has(t, r.err, "reseed auth.json: unsafe: ")
			}
			same(t, "what stands there", v.sh(t, kind), before)
		})
	}
}

// What an orchestrator hands out is in no child, whichever way it comes.
func TestAReseedsVariableIsUsedUp(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, "chown 10000:10000 .")
	secrets := prepared(t, "printf %s '"+reseedSession+"' > session; chmod 600 session")
	c := startUp(t, v.data(), secrets.at("/secrets"), "-e", "HERMES_AUTH_JSON_REBOOTSTRAP_FILE=/secrets/session",
		"-e", "HERMES_AUTH_JSON_BOOTSTRAP="+authFile("{}"), "-e", "HERMES_GATEWAY_BOOTSTRAP_STATE=running", hermes)
	for _, pid := range []int{c.awaitRun(t, "gateway-default", 0).Pid, c.named(t, "sleep")[0].pid} {
		env := strings.Join(c.environOf(t, pid), "\n")
		has(t, env, "HERMES_HOME=/opt/data")
		hasNot(t, env, "s3cr3t", "HERMES_AUTH_JSON_REBOOTSTRAP", "HERMES_AUTH_JSON_BOOTSTRAP")
	}
	same(t, "files below /run with it", c.sh(t, "grep -rls s3cr3t /run /tmp || echo none"), "none")
}
