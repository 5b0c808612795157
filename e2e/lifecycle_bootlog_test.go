package e2e

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestA82_TheBootLogsLines(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, marked(map[string]string{"zeta": "", "alpha": wantsRunning, "mid-dle": `{"gateway_state":"stopped"}`, "b2": ""}))
	c := serving(t, v.data(), hermes)
	v.awaitBootLog(t, 5)
	c.restart(t)
	lines := v.awaitBootLog(t, 10)
	if len(lines) != 10 {
		t.Errorf("two boots with five profiles left %d lines:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	line := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} profile=(\S+) prior_state=(\S+) action=(started|registered)( prior_exit=(clean|unclean|unknown))?$`)
	var order []string
	for _, l := range lines {
		m := line.FindStringSubmatch(l)
		if m == nil {
			t.Errorf("a line of the boot log is %q", l)
			continue
		}
		order = append(order, m[1])
	}
	if want := []string{"default", "alpha", "b2", "mid-dle", "zeta"}; !slices.Equal(order, append(want, want...)) {
		t.Errorf("the profiles come in the order %q, want %q in each boot", order, want)
	}
	v.wants(t, map[string]string{"logs/container-boot.log": "10000:10000"})
}

func TestA82_TheBootLogIsPutAsideWhenItIsLarge(t *testing.T) {
	needs(t, hermes)
	const large = 256 << 10
	v := prepared(t, fmt.Sprintf("mkdir logs; head -c %d /dev/zero | tr '\\0' 'o' > logs/container-boot.log; echo older > logs/container-boot.log.1", large-1))
	c := serving(t, v.data(), hermes)
	eventually(t, "the line of a boot is added to a file that isn't large yet", func() bool {
		return v.sh(t, "grep -c profile=default logs/container-boot.log || :") == "1"
	})
	same(t, "the copy put aside before", v.sh(t, "cat logs/container-boot.log.1"), "older")
	c.restart(t)
	eventually(t, "a large file is put aside, and a new one has this boot's line", func() bool {
		return v.sh(t, "cat logs/container-boot.log 2>/dev/null | wc -l") == "1"
	})
	same(t, "what was put aside", v.sh(t, "tr -d '\\n' < logs/container-boot.log.1 | head -c 5"), "ooooo")
	same(t, "the files", v.sh(t, "ls logs | grep -c container-boot"), "2")
}

func TestA83_AProfileThatTheHostMadeWhileTheContainerWasDown(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := serving(t, v.data(), hermes)
	must(t, "stop", c.id)
	v.sh(t, marked(map[string]string{"late": wantsRunning, "quiet": ""}))
	must(t, "start", c.id)
	c.awaitUp(t)
	c.awaitGateway(t, "late", 0)
	c.wantsDown(t, "gateway-quiet")
	v.wants(t, map[string]string{"profiles/late": "10000:10000", "profiles/late/SOUL.md": "10000:10000"})
	must(t, "stop", c.id)
	v.sh(t, "rm -r profiles/late")
	must(t, "start", c.id)
	c.awaitUp(t)
	if s, there := c.supervised(t)["gateway-late"]; there {
		t.Errorf("the slot of a profile that went while the container was down is %+v", s)
	}
}

func TestA83_AProfileThatNobodyToldOfIsStartedByItsName(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := serving(t, v.data(), hermes)
	// Made and started before anybody has looked: the start gives it its slot.
	c.sh(t, `cd /opt/data/profiles; mkdir tmp-late; echo x > tmp-late/SOUL.md; echo 'model: x' > tmp-late/config.yaml; chown -R hermes:hermes tmp-late
		mv tmp-late late; hermes -p late gateway start`)
	c.awaitGateway(t, "late", 0)
	if all := c.gateways(t); len(all) != 1 {
		t.Errorf("the gateways are %+v, want one", all)
	}
}

func TestA83_AProfileThatComesAndGoesWhileTheContainerRuns(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := serving(t, v.data(), hermes)
	// As a restore does it: a whole directory in one move, with what its gateway last said.
	v.sh(t, marked(map[string]string{"late": wantsRunning})+"chown -R 10000:10000 profiles/late; mv profiles/late staging; sync")
	if _, there := c.slots(t)["gateway-late"]; there {
		t.Log("the profile was seen while it was being made, which is no mistake")
	}
	v.sh(t, "mv staging profiles/late")
	c.awaitGateway(t, "late", 0)
	v.sh(t, marked(map[string]string{"quiet": ""})+"chown -R 10000:10000 profiles/quiet")
	c.awaitSlot(t, "gateway-quiet", "is there, down", func(s slotState) bool { return s.State == "down" && s.Desired == "down" })
	// A directory becomes a profile by its marker, and none without.
	v.sh(t, "rm profiles/quiet/SOUL.md; mv profiles/late elsewhere")
	eventually(t, "the slots of profiles that went are gone", func() bool {
		slots := c.slots(t)
		return slots != nil && slots["gateway-late"].Name == "" && slots["gateway-quiet"].Name == ""
	})
	eventually(t, "no gateway is left", func() bool { return len(c.gateways(t)) == 0 })
	v.sh(t, "mv elsewhere profiles/late")
	c.awaitGateway(t, "late", 0)
}
