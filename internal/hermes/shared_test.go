package hermes

import "testing"

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

	for config, code := range map[string]int{
		"": 0, "multiplex_profiles: true\n": 1, "gateway: {multiplex_profiles: yes}\n": 1, "multiplex_profiles: false\n": 0,
	} {
		g := newRig(t)
		g.profile("coder")
		g.write("config.yaml", config)
		g.gets(code, nil, "-p", "coder", "gateway", "start")
	}
}
