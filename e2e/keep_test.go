package e2e

import (
	"strings"
	"testing"
)

// A bundle of skills as an image brings it, on a volume of its own.
func skills(t *testing.T) *volume {
	t.Helper()
	return prepared(t, "mkdir -p core web/fetch web/search; echo core 1 > core/SKILL.md; echo fetch 1 > web/fetch/SKILL.md; echo search 1 > web/search/SKILL.md; echo about > web/DESCRIPTION.md")
}

func TestA60_SkillsFollowTheImageUnlessTheUserChangedThem(t *testing.T) {
	needs(t, hermes)
	v, bundle := newVolume(t), skills(t)
	run := []string{v.data(), bundle.at("/bundle") + ":ro", "-e", "HERMES_BUNDLED_SKILLS=/bundle"}
	boot := func(args ...string) result { return runs(t, 0, append(append(run, args...), hermes, "true")...) }
	all := func() string {
		return v.sh(t, "cd skills; for f in $(find . -name '*.md' | sort); do echo $f $(cat $f); done")
	}

	has(t, boot().err, "berth: Laid 4 and updated 0 entries of skills")
	const fresh = "./core/SKILL.md core 1\n./web/DESCRIPTION.md about\n./web/fetch/SKILL.md fetch 1\n./web/search/SKILL.md search 1"
	same(t, "the skills", all(), fresh)
	v.wants(t, map[string]string{"skills/core/SKILL.md": "10000:10000 644", "skills/web/fetch": "10000:10000 755"})
	before := v.snapshot(t)
	quiet(t, boot().err)
	same(t, "the volume after a second boot", v.snapshot(t), before)

	// One is edited, one deleted, one is a link, one is the user's own, and one is new in the image.
	bundle.sh(t, "echo core 2 > core/SKILL.md; echo fetch 2 > web/fetch/SKILL.md; echo search 2 > web/search/SKILL.md; mkdir -p new theirs linked; echo new > new/SKILL.md; echo image > theirs/SKILL.md; echo linked > linked/SKILL.md")
	v.sh(t, "cd skills; echo mine > web/fetch/SKILL.md; rm -r web/search; mkdir -p theirs; echo theirs > theirs/SKILL.md; ln -s /opt/data linked; chown -hR 10000:10000 theirs linked")
	has(t, boot().err, "berth: Laid 1 and updated 1 entries of skills")
	const after = "./core/SKILL.md core 2\n./new/SKILL.md new\n./theirs/SKILL.md theirs\n./web/DESCRIPTION.md about\n./web/fetch/SKILL.md mine"
	same(t, "the skills after an update", all(), after)
	same(t, "the link", v.sh(t, "readlink skills/linked"), "/opt/data")
	quiet(t, boot().err)

	// A source that can't be read is a warning, and the boot goes on.
	bundle.sh(t, "chmod 700 .; chown 0:0 .")
	r := runs(t, 0, append(append(run, hermes), "echo", "main-ran")...)
	has(t, r.out, "main-ran")
	has(t, r.err, "keep skills: read the bundled tree: permission denied")
	same(t, "the skills after that", all(), after)
}

func TestSkillsThatNobodyWantsStayAway(t *testing.T) {
	needs(t, hermes)
	v, bundle := prepared(t, "mkdir skills; touch skills/.no-bundled-skills; chown -R 10000:10000 ."), skills(t)
	bundle.sh(t, "mkdir hermes; echo essential > hermes/SKILL.md")
	runs(t, 0, v.data(), bundle.at("/bundle"), "-e", "HERMES_BUNDLED_SKILLS=/bundle", hermes, "true")
	same(t, "the skills", v.sh(t, "cd skills; find . -name SKILL.md"), "./hermes/SKILL.md")
	v.sh(t, "cd skills; rm .no-bundled-skills; echo search > .curator_suppressed")
	runs(t, 0, v.data(), bundle.at("/bundle"), "-e", "HERMES_BUNDLED_SKILLS=/bundle", hermes, "true")
	same(t, "the skills but one", v.sh(t, "cd skills; find . -name SKILL.md | sort"), "./core/SKILL.md\n./hermes/SKILL.md\n./web/fetch/SKILL.md")
}

// A seed's variable is a secret that is used up: no child has it, and no file outside the volume.
func TestA62_SeedsAreNotInAnyChild(t *testing.T) {
	needs(t, hermes)
	c := startUp(t, newVolume(t).data(), "-e", "HERMES_AUTH_JSON_BOOTSTRAP=s3cr3t-valu3", "-e", "HERMES_GATEWAY_BOOTSTRAP_STATE=running", "-e", "HERMES_DASHBOARD=1", hermes)
	for _, pid := range []int{c.awaitRun(t, "gateway-default", 0).Pid, c.awaitRun(t, "dashboard", 0).Pid, c.named(t, "sleep")[0].pid} {
		env := strings.Join(c.environOf(t, pid), "\n")
		has(t, env, "HERMES_HOME=/opt/data")
		hasNot(t, env, "s3cr3t-valu3", "HERMES_AUTH_JSON_BOOTSTRAP")
	}
	hasNot(t, must(t, "exec", c.id, "hermes", "dump")+must(t, "exec", c.id, "berth", "exec", "env"), "s3cr3t-valu3")
	same(t, "files below /run with it", c.sh(t, "grep -rls s3cr3t-valu3 /run /tmp || echo none"), "none")
}
