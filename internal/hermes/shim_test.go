package hermes

import "testing"

func TestExecAsRoot(t *testing.T) {
	for value, want := range map[string]bool{
		"1": true, "true": true, "TRUE": true, "yes": true, "Yes": true, "on": true,
		"": false, "0": false, "false": false, "no": false, "off": false, "2": false, "garbage": false,
	} {
		if got := ExecAsRoot(func(name string) (string, bool) { return value, name == "HERMES_DOCKER_EXEC_AS_ROOT" }); got != want {
			t.Errorf("%q gives %v", value, got)
		}
	}
	if ExecAsRoot(func(string) (string, bool) { return "", false }) {
		t.Error("without a word it stays root")
	}
}
