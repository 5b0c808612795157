package s6rc

import (
	"encoding/json"
	"flag"
	"strings"
	"testing"
	"unicode"
)

var update = flag.Bool("update", false, "write the golden files")

// The image of the golden file has one of everything.
const everything = "-- etc/fix-attrs.d/01 --\n/var/log true nobody,1:1 0644 0755\n/x false 5:6 0600 0700\n" +
	"-- etc/cont-init.d/01-a --\n#!/bin/sh\r\n-- etc/cont-init.d/02-b 0644 --\n#!/usr/bin/with-contenv bash\n-- etc/cont-finish.d/01-c --\n#!/bin/sh\n" +
	"-- etc/services.d/old/run --\n#!/bin/sh\n-- etc/services.d/old/log/run --\n#!/bin/sh\n-- etc/services.d/older/down --\n" +
	"-- etc/s6-overlay/s6-rc.d/user2/contents.d/late --\n-- etc/s6-overlay/s6-rc.d/note --\n"

func everythingImage() string {
	return everything + in("web", "init", "pipe") +
		d("web", "longrun", "dependencies.d/init=", "dependencies.d/base=", "notification-fd=3", "finish=#!/bin/sh\n", "timeout-finish=0", "timeout-kill=7000", "down-signal=QUIT",
			"producer-for=web-log", "data/check=#!/bin/sh\n", "notification_fd=3", "flag-essential=", "timeout-up=1000") +
		d("web-log", "longrun", "consumer-for=web", "pipeline-name=pipe") +
		d("init", "oneshot", "dependencies.d/base=", "up=foreground {\n  echo a # a comment\n}\n# more\necho b\n", "down=echo c", "timeout-down=500") +
		d("late", "oneshot", "up=# nothing") + d("other", "oneshot") + d("broken", "longrun", "dependencies.d/nothing=") +
		"-- etc/s6-overlay/s6-rc.d/user/contents.d/broken --\n"
}

func (g *rig) explanation(vars ...string) Explanation {
	on, why := Switched(g.root, env(vars...))
	_, also := ReadSettings(env(vars...))
	return Explanation{On: on, Why: why, Image: g.read(vars...), Also: also}
}

func TestExplain(t *testing.T) {
	got := newRig(t, everythingImage()).explanation("S6_KEEP_ENV=true", "S6_STAGE2_HOOK=/docker-mods").String()
	golden(t, "testdata/everything.explained", got)
	for l := range strings.Lines(got) {
		if strings.TrimRight(l, " \n") != strings.TrimSuffix(l, "\n") {
			t.Errorf("a line ends in blanks: %q", l)
		}
	}
}

func TestExplainNothing(t *testing.T) {
	text := newRig(t, "").explanation().String()
	if !strings.HasPrefix(text, "s6-overlay is off: there is no /etc/s6-overlay and no /package/admin/s6-overlay, and nothing in") || !strings.Contains(text, "If it were on:") {
		t.Error(text)
	}
	if text := (Explanation{Why: "x"}).String(); text != "s6-overlay is off: x\n" {
		t.Errorf("%q", text)
	}
}

// A name from an image writes no line of its own, and moves no cursor.
func TestExplainEscapes(t *testing.T) {
	text := newRig(t, in("a\x1b[2J\nx")+d("a\x1b[2J\nx", "oneshot", "up=echo \x1b[0m")+"-- etc/cont-init.d/\x07\xff --\n#!/bin/sh\n").explanation().String()
	if strings.IndexFunc(text, func(c rune) bool { return c != '\n' && !unicode.IsPrint(c) }) >= 0 || strings.Contains(text, "\nx") {
		t.Errorf("%q", text)
	}
}

func TestExplainAsJSON(t *testing.T) {
	data, err := newRig(t, everythingImage()).explanation("S6_KEEP_ENV=true").JSON()
	if err != nil {
		t.Fatal(err)
	}
	var back struct {
		On       bool
		Why      string
		Levels   [][]string
		Services []struct {
			Name, Kind, Dir, Broken string
			Requires                []string
			Level                   int
		}
		Complaints, Variables []Complaint
		Settings              struct{ Set []Setting }
	}
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if !back.On || len(back.Levels) != 6 || len(back.Services) != 9 || len(back.Variables) != 1 || len(back.Settings.Set) != 23 || back.Services[0].Name != "broken" || back.Services[0].Broken == "" || back.Services[1].Kind != "builtin" {
		t.Errorf("it is %d levels, %d services, %d variables: %s", len(back.Levels), len(back.Services), len(back.Variables), data)
	}
}
