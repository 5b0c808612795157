package s6rc

import (
	"strings"
	"testing"
	"time"
)

func TestSettingsUnset(t *testing.T) {
	s, complaints := ReadSettings(env())
	same(t, "complaints", said(complaints), nil)
	if s.CatchallUser != "root" || s.LoggingScript != "n20 s1000000 T" || s.ReadyTime != 50*time.Millisecond || s.ServicesGrace != 3*time.Second ||
		s.KillGrace != 3*time.Second || s.KillFinishMax != 5*time.Second || s.Verbosity != 2 || s.WaitMax != 0 || s.KeepEnv || len(s.Stage2Hook) > 0 {
		t.Errorf("they are %+v", s)
	}
	for _, v := range s.Set {
		if v.Given || v.Fate == "" || v.Why == "" {
			t.Errorf("%+v", v)
		}
	}
	if len(s.Set) != 23 {
		t.Errorf("%d variables", len(s.Set))
	}
}

func TestSettingsSet(t *testing.T) {
	s, complaints := ReadSettings(env(
		"S6_KEEP_ENV=1", "S6_LOGGING=2", "S6_CATCHALL_USER=log", "S6_LOGGING_SCRIPT=n5 T", "S6_BEHAVIOUR_IF_STAGE2_FAILS=7", "S6_CMD_WAIT_FOR_SERVICES_MAXTIME=60000",
		"S6_CMD_WAIT_FOR_SERVICES=1", "S6_SERVICES_READYTIME=10", "S6_SERVICES_GRACETIME=0", "S6_KILL_GRACETIME=100", "S6_KILL_FINISH_MAXTIME=0", "S6_CMD_ARG0= /a  b ",
		"S6_CMD_USE_TERMINAL=1", "S6_CMD_RECEIVE_SIGNALS=1", "S6_FIX_ATTRS_HIDDEN=1", "S6_READ_ONLY_ROOT=1", "S6_SYNC_DISKS=1", "S6_STAGE2_HOOK=/docker-mods -x",
		"S6_VERBOSITY=9", "S6_YES_I_WANT_A_WORLD_WRITABLE_RUN_BECAUSE_KUBERNETES=1", "S6_WAIT_FOR_CLOSING_FD=3", "S6_RUNTIME_BUNDLEDIR=/b", "S6_RUNTIME_PROFILE=p", "S6_OVERLAY_VERSION=3.2.0.0",
	))
	same(t, "complaints", said(complaints), nil)
	if !s.KeepEnv || s.Logging != 2 || s.CatchallUser != "log" || s.LoggingScript != "n5 T" || s.Behaviour != 2 || s.WaitMax != time.Minute || !s.WaitForServices ||
		s.ReadyTime != 10*time.Millisecond || s.ServicesGrace != 0 || s.KillGrace != 100*time.Millisecond || s.KillFinishMax != 0 || strings.Join(s.CmdArg0, "|") != "/a|b" ||
		!s.CmdUseTerminal || !s.CmdReceiveSignals || !s.FixAttrsHidden || !s.ReadOnlyRoot || !s.SyncDisks || strings.Join(s.Stage2Hook, "|") != "/docker-mods|-x" ||
		s.Verbosity != 5 || s.WaitForClosingFD != 3 || s.BundleDir != "/b" || s.Profile != "p" {
		t.Errorf("they are %+v", s)
	}
	for _, v := range s.Set {
		if !v.Given {
			t.Errorf("%s isn't given", v.Name)
		}
	}
	if last := s.Set[len(s.Set)-1]; last.Name != "S6_OVERLAY_VERSION" || last.Fate != Unnecessary {
		t.Errorf("the last one is %+v", last)
	}
}

func TestWrongSettings(t *testing.T) {
	for _, c := range []struct{ set, says string }{
		{"S6_KEEP_ENV=", ""},
		{"S6_KEEP_ENV= 1 ", ""},
		{"S6_KEEP_ENV=-1", ""},
		{"S6_KEEP_ENV=yes", `"yes" is no number; taken for yes | use 1 for yes and 0 for no`},
		{"S6_KEEP_ENV=nope", `"nope" is no number; taken for no | use 1 for yes and 0 for no`},
		{"S6_LOGGING=all", `"all" is no number; 0 counts | use a number from 0 to 2`},
		{"S6_VERBOSITY=-1", `"-1" is no number; 2 counts | use a number from 0 to 5`},
		{"S6_KILL_GRACETIME=3s", `"3s" is no number of milliseconds; 3000 counts | use milliseconds: 3000`},
		{
			"S6_KILL_GRACETIME=long",
			`"long" is no number of milliseconds; 3000 counts | use milliseconds, as 5000 for five seconds`,
		},
		{"S6_KILL_GRACETIME=300001", `"300001" is more than can be waited; 300000 counts | use at most 300000`},
		{
			"S6_CMD_WAIT_FOR_SERVICES_MAXTIME=99999999999999999999",
			`"99999999999999999999" is no number of milliseconds; 0 counts | use milliseconds, as 5000 for five seconds`,
		},
		{"S6_RUNTIME_BUNDLEDIR=b", `"b" is no absolute path; left out | use an absolute path`},
		{
			"S6_RUNTIME_PROFILE=../x",
			`"../x" is no name of a profile; left out | use the name of a directory in /etc/cont-profile.d`,
		},
		{
			"S6_RUNTIME_PROFILE=..",
			`".." is no name of a profile; left out | use the name of a directory in /etc/cont-profile.d`,
		},
	} {
		t.Run(c.set, func(t *testing.T) {
			_, complaints := ReadSettings(env(c.set))
			name, _, _ := strings.Cut(c.set, "=")
			var want []string
			if c.says != "" {
				want = []string{name + ": " + c.says}
			}
			same(t, "complaints", said(complaints), want)
		})
	}
}

func TestMisspelt(t *testing.T) {
	same(t, "complaints", said(Misspelt([]string{"S6_KILL_GRACE_TIME=1", "S6_KEEP_ENV=1", "S6_ARCH=x", "S6_SOMETHING_OF_ONES_OWN=1", "PATH=/bin", "S6_BEHAVIOR_IF_STAGE2_FAILS=2"})), []string{
		"S6_KILL_GRACE_TIME: no variable of s6-overlay's has this name; without effect | did you mean S6_KILL_GRACETIME?",
		"S6_BEHAVIOR_IF_STAGE2_FAILS: no variable of s6-overlay's has this name; without effect | did you mean S6_BEHAVIOUR_IF_STAGE2_FAILS?",
	})
}
