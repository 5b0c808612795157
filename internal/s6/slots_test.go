package s6

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/daemon"
	"github.com/berth-init/berth/internal/s6rc"
	"github.com/berth-init/berth/internal/supervise"
)

// longrun is a longrun of an image, with its source.
func longrun(t *testing.T, name string, requires ...string) s6rc.Service {
	t.Helper()
	dir := t.TempDir()
	write(t, dir+"/run", "#!/bin/sh\nexec sleep 300\n", 0o755)
	return s6rc.Service{Name: name, Kind: s6rc.Longrun, Dir: dir, Wanted: true, Requires: requires, Run: &s6rc.RunDir{}}
}

// shown gives slots as text.
func shown(p *plugin) string {
	var b strings.Builder
	for _, s := range p.slots() {
		kind := "longrun"
		if s.Start != nil {
			kind = "virtual"
		}
		fmt.Fprintf(&b, "%s %s %v needs %v after %v to %q from %q\n", s.Name, kind, s.Desired, s.Requires, s.After, s.StdoutTo, s.StdinFrom)
	}
	return b.String()
}

func TestSlots(t *testing.T) {
	r := newRig(t)
	web, log, off := longrun(t, "web", "base-step", "log"), longrun(t, "log"), longrun(t, "off")
	web.ProducerFor, log.ConsumerFor, web.After = "log", []string{"web"}, []string{"gone", "log"}
	off.Wanted = false
	r.image.Services = []s6rc.Service{
		{Name: "base-step", Kind: s6rc.Builtin, Wanted: true},
		log, web,
		{Name: "broken", Kind: s6rc.Oneshot, Broken: "it has no up"},
		{Name: "needs-broken", Kind: s6rc.Oneshot, Requires: []string{"broken"}},
		off,
		{Name: s6rc.LegacyStep, Kind: s6rc.Builtin, Wanted: true, Requires: []string{"base-step"}, After: []string{"web"}},
	}
	old := t.TempDir()
	write(t, old+"/run", "#!/bin/sh\n", 0o755)
	r.image.Legacy = []s6rc.Legacy{{Name: "old", Dir: old}, {Name: "resting", Dir: old, Run: s6rc.RunDir{Down: true}}, {Name: "web", Dir: old}, {Name: "bad", Broken: "there is no run"}}
	want := `base-step virtual true needs [] after [] to "" from ""
log longrun true needs [] after [] to "" from "log"
web longrun true needs [base-step log] after [log] to "log" from ""
off longrun false needs [] after [] to "" from ""
legacy-services virtual true needs [base-step] after [web] to "" from ""
old longrun true needs [base-step] after [web] to "" from ""
resting longrun false needs [base-step] after [web] to "" from ""
`
	if got := shown(r.plugin); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for _, text := range []string{"services.d: web isn't started: there is a service of that name", "services.d: bad isn't started: there is no run"} {
		if !strings.Contains(r.says(), text) {
			t.Errorf("it doesn't say %q: %s", text, r.says())
		}
	}
}

func TestTheCommandMayWaitForServicesD(t *testing.T) {
	r := newRig(t)
	r.settings.WaitForServices = true
	old := t.TempDir()
	write(t, old+"/run", "#!/bin/sh\n", 0o755)
	r.image.Services = []s6rc.Service{{Name: s6rc.LegacyStep, Kind: s6rc.Builtin, Wanted: true}}
	r.image.Legacy = []s6rc.Legacy{{Name: "old", Dir: old}, {Name: "resting", Dir: old, Run: s6rc.RunDir{Down: true}}}
	if got := shown(r.plugin); !strings.Contains(got, "legacy-services virtual true needs [] after [old]") {
		t.Errorf("got\n%s", got)
	}
}

func TestWithoutAPlaceThereAreNoServiceDirectories(t *testing.T) {
	r := newRig(t)
	r.image.Services = []s6rc.Service{longrun(t, "web"), {Name: "once", Kind: s6rc.Oneshot}, {Name: "behind", Kind: s6rc.Oneshot, Requires: []string{"web"}}}
	r.image.Legacy = []s6rc.Legacy{{Name: "old", Dir: "/"}}
	r.at = nil
	if got := shown(r.plugin); got != "once virtual false needs [] after [] to \"\" from \"\"\n" {
		t.Errorf("got\n%s", got)
	}
}

func TestAServiceWhoseDirectoryCantBeMadeSaysWhy(t *testing.T) {
	r := newRig(t)
	lost := longrun(t, "web")
	lost.Dir += "/none"
	r.image.Services = []s6rc.Service{lost}
	s := r.slots()[0]
	if s.Start == nil {
		t.Fatal("it is thought to be there")
	}
	if _, err := s.Start(t.Context(), 1); err == nil || s.Restart.Policy != supervise.Never {
		t.Errorf("got %v, %v", err, s.Restart.Policy)
	}
}

func TestOneshotsRunTheirCommandLines(t *testing.T) {
	r := newRig(t)
	out := t.TempDir() + "/out"
	if r.action("x", nil) != nil {
		t.Error("nothing to do is something")
	}
	code, err := r.action("once", []string{"sh", "-c", "echo $RC_NAME $PWD >" + out + "; exit 4"})(t.Context())
	if code != 4 || err != nil || read(t, out) != "once "+r.at.path+"/s6-rc/servicedirs\n" {
		t.Errorf("got %d, %v, %q", code, err, read(t, out))
	}
	if _, err := r.action("lost", []string{"/no/program"})(t.Context()); err == nil {
		t.Error("a program that isn't there runs")
	}
	for _, text := range []string{"unable to start service once: command exited 4", "unable to start service lost: "} {
		if !strings.Contains(r.says(), "plain: s6-rc: warning: "+text) {
			t.Errorf("it doesn't say %q: %s", text, r.says())
		}
	}
}

func TestAnImageBeginsAndEnds(t *testing.T) {
	r := newRig(t)
	r.host.Sink = heard{}
	init, finish := script(t, ": >"+r.at.path+"/init"), script(t, ": >"+r.at.path+"/finish")
	r.image.ContInit, r.image.ContFinish = []s6rc.Program{init}, []s6rc.Program{finish}
	r.image.Services = []s6rc.Service{
		{Name: s6rc.FixAttrsStep, Kind: s6rc.Builtin, Wanted: true},
		{Name: s6rc.ContInitStep, Kind: s6rc.Builtin, Wanted: true, Requires: []string{s6rc.FixAttrsStep}},
		longrun(t, "web", s6rc.ContInitStep),
	}
	h := r.host
	h.Stop = func() {}
	ok(t, r.Begin(h), r.Hold(t.Context()))
	if len(r.Processes()) != 1 || !exists(r.at.path+"/init") || exists(r.at.path+"/finish") {
		t.Errorf("processes %v", r.Processes())
	}
	names := []string{}
	for _, s := range r.Supervisor().Status() {
		names = append(names, s.Name+" "+string(s.State))
	}
	if got := strings.Join(names, ", "); got != "fix-attrs ready, legacy-cont-init ready, web ready" {
		t.Errorf("status: %s", got)
	}
	r.settings.KillGrace = time.Second
	if r.Grace() != time.Second {
		t.Error("S6_KILL_GRACETIME isn't the grace")
	}
	ctx, cancel := contextFor(t)
	defer cancel()
	ok(t, r.Shutdown(ctx), r.Close(ctx))
	if !exists(r.at.path+"/finish") || len(r.Processes()) != 0 {
		t.Error("cont-finish.d wasn't run, or something is left")
	}
	if !slices.Contains(strings.Split(r.says(), "\n"), "plain: s6-rc: info: service web: successfully stopped") {
		t.Errorf("it says %s", r.says())
	}
	var _ daemon.Plugin = r.plugin
}
