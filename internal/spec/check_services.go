package spec

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

func (d *decoder) checkServices(s *Spec) {
	services := d.root.get("services")
	if services == nil || services.kind != mapping {
		return
	}
	for i, service := range services.items {
		if service.kind == mapping {
			d.checkService(service, services.keys[i], s.Services[services.keys[i].text])
		}
	}
}

// checkService holds one service against itself: the node has the places, read the values with their defaults.
func (d *decoder) checkService(service, name *node, read Service) {
	where := "services." + shorten(name.text)
	d.checkInstances(service, name, where)
	if n := service.get("lease"); service.yes("lease") && d.root.get("volume") == nil && !d.partial {
		d.complain(n.complain("say volume: {path: /data}, or take it out", "%s.lease: the spec has no volume, on which it would lie", where))
	}
	d.checkKind(service, where)
	d.checkSwitches(service, where)
	d.checkQuestions(service, read, where)
	d.checkRange(service.get("port").get("range"), where)
	final := service.get("restart").get("final-codes").elements()
	for _, code := range service.get("restart").get("at-once-codes").elements() {
		same := func(n *node) bool { return n.kind == scalar && n.text == code.text }
		if i := slices.IndexFunc(final, same); i >= 0 && code.kind == scalar {
			d.complain(code.complain(final[i].elsewhere(code), "%s.restart: %s is final and asks for a restart", where, quote(code.text)))
		}
	}
	if n := service.get("limits").get("umask"); read.Limits.Umask.Perm > 0o777 {
		d.complain(n.complain("write three digits, such as \"027\"", "%s.limits.umask: %s is more than permission bits", where, quote(n.text)))
	}
}

// checkInstances holds what differs from profile to profile: only a per-profile service has it, and that one must where
// its slots would get into each other's way.
func (d *decoder) checkInstances(service, name *node, where string) {
	perProfile := service.yes("per-profile")
	if n := service.get("per-profile"); perProfile && d.root.get("profiles") == nil {
		d.complain(n.complain("say profiles: {dir: profiles}, or take per-profile out", "%s is per profile, but the spec has no profiles", where))
	}
	if !perProfile {
		for _, key := range []string{"profile-args", "port", "unless-main"} {
			if n := service.get(key); n != nil && (key != "port" || n.word("from") == "profile") {
				d.complain(n.complain("say per-profile: true, or take it out", "%s.%s: the service is not per profile", where, key))
			}
		}
	}
	log := service.get("log")
	d.checkPlace(log.get("dir"), perProfile, true, name, where+".log.dir")
	for i, n := range log.get("rotate").elements() {
		d.checkPlace(n, perProfile, false, name, fmt.Sprintf("%s.log.rotate[%d]", where, i))
	}
	file := service.get("ready").get("file")
	d.checkPlace(file, perProfile, strings.HasPrefix(service.get("ready").word("file"), "/"), name, where+".ready.file")
}

// checkPlace holds the name of a file or a directory: shared says that it doesn't lie in the profile's own directory.
func (d *decoder) checkPlace(n *node, perProfile, shared bool, service *node, where string) {
	if n == nil || n.kind != scalar || n.text == "" {
		return
	}
	switch has := strings.Contains(n.text, profileName); {
	case perProfile && shared && !has:
		d.complain(n.complain("put {profile} into it, such as logs/"+shorten(service.text)+"/{profile}", "%s: all profiles would share %s", where, quote(n.text)))
	case !perProfile && has:
		d.complain(n.complain("say per-profile: true, or take {profile} out", "%s: the service is not per profile", where))
	}
}

// checkKind refuses what a service can't have because it is kept running, or a task because it runs to its end.
func (d *decoder) checkKind(service *node, where string) {
	other, keys := "a service is kept running", []string{"retry", "schedule"}
	hints := []string{"say restart, or kind: task", "say kind: task, or take it out"}
	if service.word("kind") == string(KindTask) {
		other, keys = "a task runs to its end", []string{"ready", "health", "reload"}
		hints = []string{"take it out: a task is ready when it has succeeded", "take it out", "take it out"}
		d.checkTaskRestart(service.get("restart"), where)
	}
	for i, key := range keys {
		if n := service.get(key); n != nil {
			d.complain(n.complain(hints[i], "%s.%s: %s", where, key, other))
		}
	}
}

// checkTaskRestart leaves a task the codes that count as success.
func (d *decoder) checkTaskRestart(restart *node, where string) {
	if restart == nil || restart.kind != mapping {
		return
	}
	for i, k := range restart.keys {
		if _, known := fieldOf(reflect.TypeFor[Restart](), k.text); known && k.text != "final-codes" {
			d.complain(restart.items[i].complain("say retry: {count: 3}, or schedule", "%s.restart.%s: a task runs to its end", where, k.text))
		}
	}
}

// checkSwitches refuses a variable that switches a service off whether it is there or not.
func (d *decoder) checkSwitches(service *node, where string) {
	unset := service.get("if-unset").elements()
	for i, n := range service.get("if-set").elements() {
		same := func(o *node) bool { return o.kind == scalar && o.text == n.text }
		if j := slices.IndexFunc(unset, same); j >= 0 && n.kind == scalar {
			d.complain(n.complain(unset[j].elsewhere(n), "%s.if-set[%d]: %s stands in if-unset too, so the service is never on", where, i, quote(n.text)))
		}
	}
}

// checkQuestions holds what a service is asked.
func (d *decoder) checkQuestions(service *node, read Service, where string) {
	if n := service.get("ready").get("notify"); n != nil && n.tag == "!!bool" && !read.Ready.Notify {
		d.complain(n.complain("take ready out: without it the service is ready as soon as it runs", "%s.ready.notify says no, and asks nothing", where))
	}
	health := service.get("health")
	if h := read.Health; h != nil && h.Period > 0 && h.Timeout > h.Period {
		at := cmp.Or(health.get("timeout"), health.get("period"))
		d.complain(at.complain("let the period be as long as the time-out, at least", "%s.health: an answer may take %v, and the next question comes after %v", where, h.Timeout, h.Period))
	}
}

// checkRange wants two ports, the lower first.
func (d *decoder) checkRange(n *node, where string) {
	if n == nil || n.kind != list {
		return
	}
	ports := n.items
	if len(ports) != 2 {
		d.complain(n.complain("write the first and the last port: [9200, 9299]", "%s.port.range has %d numbers, not two", where, len(ports)))
		return
	}
	first, errFirst := strconv.Atoi(ports[0].text)
	last, errLast := strconv.Atoi(ports[1].text)
	if errFirst == nil && errLast == nil && first > last {
		d.complain(n.complain("write the lower one first", "%s.port.range is empty: %d to %d", where, first, last))
	}
}
