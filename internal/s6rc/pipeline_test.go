package s6rc

import (
	"strings"
	"testing"
)

// A camera's recorder as published images have it: three write to one logger, and the logger passes on to another one.
func TestPipelines(t *testing.T) {
	i := newRig(t, in("cam-pipeline")+
		d("cam", "longrun", "producer-for=cam-log", "dependencies.d/base=")+d("go", "longrun", "producer-for=cam-log")+
		d("cam-log", "longrun", "consumer-for=cam\ngo\n", "producer-for=ship", "notification-fd=3")+
		d("ship", "longrun", "consumer-for=cam-log", "pipeline-name=cam-pipeline\n")).read()
	same(t, "complaints", said(i.Complaints), nil)
	if got, want := levels(i), "fix-attrs ship | cam-log legacy-cont-init | cam go | legacy-services"; got != want {
		t.Errorf("the order is %s, want %s", got, want)
	}
	for _, b := range i.Bundles {
		if b.Name == "cam-pipeline" && (!b.Pipeline || strings.Join(b.Members, " ") != "cam cam-log go ship" || b.From != "/etc/s6-overlay/s6-rc.d/ship") {
			t.Errorf("the bundle is %+v", b)
		}
	}
	log := i.service(t, "cam-log")
	if log.ProducerFor != "ship" || strings.Join(log.ConsumerFor, " ") != "cam go" || strings.Join(log.Requires, " ") != "ship" {
		t.Errorf("the logger is %+v", log)
	}
	if ship := i.service(t, "ship"); ship.Pipeline != "cam-pipeline" {
		t.Errorf("the end is %+v", ship)
	}
}

func TestWrongPipelines(t *testing.T) {
	const s = "/etc/s6-overlay/s6-rc.d/"
	for _, c := range []struct {
		name, tree string
		says       []string
	}{
		{
			"the reader doesn't know", d("a", "longrun", "producer-for=b") + d("b", "longrun"),
			[]string{"! " + s + "a/producer-for:1: a writes to b, which doesn't say that it reads from a | echo a >> " + s + "b/consumer-for"},
		},
		{
			"the writer doesn't know", d("a", "longrun") + d("b", "longrun", "consumer-for=a"),
			[]string{"! " + s + "b/consumer-for:1: b reads from a, which doesn't say that it writes to b | echo b > " + s + "a/producer-for"},
		},
		{
			"nobody reads", d("a", "longrun", "producer-for=b2") + d("b", "longrun") + d("b1", "oneshot"),
			[]string{"! " + s + "a/producer-for:1: a writes to \"b2\", which nothing defines | did you mean b1?"},
		},
		{
			"nobody writes", d("a", "longrun") + d("b", "longrun", "consumer-for=aa"),
			[]string{"! " + s + "b/consumer-for:1: b reads from \"aa\", which nothing defines | define it, or remove the line"},
		},
		{
			"a oneshot reads nothing", d("a", "longrun", "producer-for=b") + d("b", "oneshot"),
			[]string{"! " + s + "a/producer-for:1: a writes to b, which is a oneshot and reads nothing | name a longrun"},
		},
		{
			"a bundle writes nothing", d("a", "bundle") + d("b", "longrun", "consumer-for=a"),
			[]string{"! " + s + "b/consumer-for:1: b reads from a, which is a bundle and writes nothing | name a longrun"},
		},
		{
			"a circle of pipes", d("a", "longrun", "producer-for=b", "consumer-for=b") + d("b", "longrun", "producer-for=a", "consumer-for=a"),
			[]string{"! " + s + "a/producer-for:1: each of these needs the next one first: a → b → a | remove one of them, like this line"},
		},
		{
			"a name that something has", d("a", "longrun", "producer-for=b") + d("b", "longrun", "consumer-for=a", "pipeline-name=user"),
			[]string{"! " + s + "b/pipeline-name: the pipeline is named user, and something else is, too | choose another name"},
		},
		{
			"a name with a slash", d("a", "longrun", "producer-for=b") + d("b", "longrun", "consumer-for=a", "pipeline-name=x/y"),
			[]string{"! " + s + "b/pipeline-name: \"x/y\": a name can't have a slash | write the name of a bundle, one word"},
		},
		{
			"a name in the middle", d("a", "longrun", "producer-for=b", "pipeline-name=x") + d("b", "longrun", "consumer-for=a"),
			[]string{s + "a/pipeline-name: a is not the end of a pipeline, and only the end names it; left out | give the name to b"},
		},
		{
			"two readers", d("a", "longrun", "producer-for=b\nc") + d("b", "longrun", "consumer-for=a"),
			[]string{s + "a/producer-for: it names 2 services, and a service can write to one; the first one counts | keep one"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			same(t, "complaints", said(newRig(t, in("a", "b")+c.tree).read().Complaints), c.says)
		})
	}
}
