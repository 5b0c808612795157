package hermes

import "testing"

func TestMultiplexed(t *testing.T) {
	for _, c := range []struct {
		about, env, config string
		want               bool
	}{
		{"nothing says so", "", "", false},
		{"the file does", "", "multiplex_profiles: true\n", true},
		{"below gateway", "", "gateway:\n  multiplex_profiles: yes\n", true},
		{"it says no", "", "multiplex_profiles: false\n", false},
		{"the first place counts", "", "multiplex_profiles: false\ngateway: {multiplex_profiles: true}\n", false},
		{"the variable beats it", "0", "multiplex_profiles: true\n", false},
		{"in both directions", "on", "multiplex_profiles: false\n", true},
		{"an empty one says nothing", "", "multiplex_profiles: true\n", true},
		{"another shape is no word", "", "multiplex_profiles: [true]\n", false},
		{"no mapping at all", "", "- true\n", false},
		{"no YAML", "", "a: [\n", false},
		{"an empty file", "", "# nothing\n", false},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := newRig(t)
			g.env["GATEWAY_MULTIPLEX_PROFILES"] = c.env
			if c.config != "" {
				g.write("config.yaml", c.config)
			}
			if got := Multiplexed(g.e.Volume, g.e.Lookup); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestUnderAGatewayForAll(t *testing.T) {
	g := newRig(t)
	g.profile("coder")
	g.env["GATEWAY_MULTIPLEX_PROFILES"] = "true"
	for _, verb := range []string{"start", "restart", "run"} {
		g.gets(1, says("the gateway of default serves every profile", "--force"), "-p", "coder", "gateway", verb)
		g.told()
	}
	g.is(g.desired("profiles/coder") == nil, "recorded is %v", g.desired("profiles/coder"))
	g.gets(0, says("Started gateway-default"), "gateway", "start")
	g.gets(0, says("Started gateway-coder"), "-p", "coder", "gateway", "start", "--force")
	g.gets(0, says("Restarted gateway-coder"), "-p", "coder", "gateway", "restart") // it is up: somebody forced it
	g.gets(0, says("Stopped gateway-coder"), "-p", "coder", "gateway", "stop")
	g.e.Lookup = nil
	g.gets(0, says("Started gateway-coder"), "-p", "coder", "gateway", "start")
}
