package e2e

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// banner is what the stand-in's gateway says once it runs.
const banner = "hermes gateway: running"

func TestA86_AGatewaysLinesAreInTheEnginesLogAndInItsFile(t *testing.T) {
	needs(t, hermes)
	// As an older image left it: the parent is root's.
	v := prepared(t, "mkdir -p logs/gateways; chown 10000:10000 . logs")
	c := serving(t, v.data(), hermes)
	c.does(t, "gateway", "start")
	c.awaitGateway(t, "default", 0)
	// One that comes late, too.
	c.does(t, "profile", "create", "late")
	c.does(t, "-p", "late", "gateway", "start")
	c.awaitGateway(t, "late", 0)
	stamped := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d ` + banner)
	for _, profile := range []string{"default", "late"} {
		var line string
		eventually(t, "the line of "+profile+" is in both", func() bool {
			line = v.sh(t, "grep '"+banner+"' logs/gateways/"+profile+"/current 2>/dev/null || :")
			return line != "" && strings.Contains(docker(t, "logs", c.id).out, "gateway-"+profile+": "+banner)
		})
		if !stamped.MatchString(line) {
			t.Errorf("the file's line of %s is %q, want a time and the line", profile, line)
		}
		same(t, "what `berth logs` shows", strings.SplitN(must(t, "exec", c.id, "berth", "logs", "gateway-"+profile), " (", 2)[0], banner)
		v.wants(t, map[string]string{"logs/gateways/" + profile: "10000:10000", "logs/gateways/" + profile + "/current": "10000:10000"})
	}
	if s := c.slots(t)["gateway-late"]; s.Restarts != 0 {
		t.Errorf("the late gateway is %+v, want it up at once", s)
	}
}

func TestA86_TheFilesAreRotatedWithoutLosingALine(t *testing.T) {
	needs(t, hermes)
	const lines = 200_000 // about 18 MB with their stamps
	spec := changed(t, fmt.Sprintf(`
  gateway:
    command: [sh, -c, 'seq -f "line %%.0f %s" %d; echo end-of-lines; exec sleep infinity']
    profile-args: []
`, strings.Repeat("x", 50), lines))
	v := prepared(t, marked(map[string]string{"default": wantsRunning}))
	c := serving(t, append(spec, v.data(), hermes)...)
	eventually(t, "all is written", func() bool {
		return v.sh(t, "grep -c end-of-lines logs/gateways/default/current || :") == "1"
	})
	names := strings.Fields(v.sh(t, "ls logs/gateways/default"))
	if len(names) != 11 {
		t.Errorf("the files are %q, want current and ten archives", names)
	}
	for size := range strings.FieldsSeq(v.sh(t, "stat -c %s logs/gateways/default/*")) {
		if n, err := strconv.Atoi(size); err != nil || n > 1_000_000 {
			t.Errorf("a file of %s bytes, want at most 1000000", size)
		}
	}
	// What the files hold is the end of it, each line whole and none missing.
	gap := v.sh(t, `cd logs/gateways/default; cat $(ls | grep -v current) current | awk '/ end-of-lines$/{n=1; next}
		{if (NF != 4 || $2 != "line" || length($4) != 50) print "torn:", $0; if (last && $3 != last+1) print "gap:", last, $3; last=$3} END{print last, n}'`)
	same(t, "the lines of the files", gap, fmt.Sprintf("%d 1", lines))
	same(t, "the last lines that `berth logs` shows", must(t, "exec", c.id, "sh", "-c", "berth logs gateway-default -n 2 | cut -c1-12"), "line "+fmt.Sprint(lines)+" \nend-of-lines")
	counted := must(t, "exec", c.id, "sh", "-c", "berth logs gateway-default | wc -l")
	if n, err := strconv.Atoi(counted); err != nil || n < 80_000 {
		t.Errorf("`berth logs` shows %s lines across the rotations, want those of ten megabytes", counted)
	}
	if s := c.slots(t)["gateway-default"]; s.Restarts != 0 || !s.runs() {
		t.Errorf("the gateway is %+v, want its one run", s)
	}
}

func TestA86_WhereTheLogDirectoryRefusesLinesGoToStdout(t *testing.T) {
	needs(t, hermes)
	shut := prepared(t, "mkdir -p gateways; chmod 755 . gateways")
	for name, c := range map[string]struct {
		prepare string
		options []string
	}{
		"the directory of the logs is mounted read-only": {"", []string{shut.at("/opt/data/logs") + ":ro"}},
		"a file is in the directory's place":             {"mkdir -p logs/gateways; echo mine > logs/gateways/default", nil},
		"a link is in the directory's place":             {"mkdir -p logs/gateways; ln -s /etc logs/gateways/default", nil},
	} {
		t.Run(name, func(t *testing.T) {
			v := prepared(t, marked(map[string]string{"default": wantsRunning})+c.prepare)
			c := serving(t, append(append([]string{v.data()}, c.options...), hermes)...)
			first := c.awaitGateway(t, "default", 0)
			eventually(t, "the line is in the engine's log", func() bool {
				return strings.Contains(docker(t, "logs", c.id).out, "gateway-default: "+banner)
			})
			c.does(t, "gateway", "restart")
			s := c.awaitGateway(t, "default", first.Pid)
			eventually(t, "the line of the next run is, too", func() bool {
				return strings.Count(docker(t, "logs", c.id).out, "gateway-default: "+banner) == 2
			})
			if s.Restarts != 0 {
				t.Errorf("the gateway is %+v, want no run that nobody asked for", s)
			}
			warned := 0
			for _, line := range berthLines(docker(t, "logs", c.id).err) {
				if strings.Contains(line, "gateway-default") && strings.Contains(line, "stdout") {
					warned++
				}
			}
			if warned != 1 {
				t.Errorf("%d warnings that the files can't be written, want one:\n%s", warned, docker(t, "logs", c.id).err)
			}
		})
	}
}
