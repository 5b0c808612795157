package peer

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/berth-init/berth/bench/rig"
)

// s6 has a directory for each service. Without a program that says that it is ready, it waits a second before a restart.
func s6(j Job) (Plan, error) {
	scan := filepath.Join(j.Dir, "scan")
	for i := range j.N {
		dir := fmt.Sprintf("%s/s%d", scan, i)
		if err := write(dir+"/run", "#!/usr/bin/execlineb -P\n"+strings.Join(j.Service, " ")+"\n", 0o755); err != nil {
			return Plan{}, err
		}
		if j.Logs {
			if err := write(dir+"/log/run", "#!/usr/bin/execlineb -P\ns6-log n10 s1000000 T ./files\n", 0o755); err != nil {
				return Plan{}, err
			}
		}
	}
	first := scan + "/s0"
	return Plan{
		Program: rig.Program{Argv: []string{"s6-svscan", "-c", fmt.Sprint(max(1000, 3*j.N)), "-t", "0", scan}},
		Stop:    syscall.SIGTERM,
		Status:  []string{"s6-svstat", first},
		All:     []string{"sh", "-c", "for s in " + scan + `/s*; do s6-svstat "$s"; done`},
		Restart: []string{"s6-svc", "-wr", "-T", "10000", "-r", first},
	}, os.MkdirAll(scan, 0o755)
}

// runit has a directory for each service, too. TERM would leave everything running: HUP ends it.
func runit(j Job) (Plan, error) {
	services := filepath.Join(j.Dir, "sv")
	all := []string{"sv", "status"}
	for i := range j.N {
		dir := fmt.Sprintf("%s/s%d", services, i)
		all = append(all, dir)
		if err := write(dir+"/run", "#!/bin/sh\nexec "+strings.Join(j.Service, " ")+"\n", 0o755); err != nil {
			return Plan{}, err
		}
		if !j.Logs {
			continue
		}
		if err := write(dir+"/log/run", "#!/bin/sh\nexec svlogd -tt ./main\n", 0o755); err != nil {
			return Plan{}, err
		}
		if err := write(dir+"/log/main/config", "s1000000\nn10\n", 0o644); err != nil {
			return Plan{}, err
		}
	}
	// It waits for a second where the directory was changed in this very one, which no image's was.
	long := time.Unix(1e9, 0)
	return Plan{
		Program: rig.Program{Argv: []string{"runsvdir", "-P", services}, Lingers: true},
		Stop:    syscall.SIGHUP,
		Status:  []string{"sv", "status", services + "/s0"},
		All:     all,
		Restart: []string{"sv", "-w", "10", "restart", services + "/s0"},
	}, os.Chtimes(services, long, long)
}

func supervisor(j Job) (Plan, error) {
	config, logs := filepath.Join(j.Dir, "conf"), filepath.Join(j.Dir, "log")
	var b strings.Builder
	fmt.Fprintf(&b, `[unix_http_server]
file=%[1]s/sock
[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile=%[1]s/pid
user=root
minfds=%[2]d
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://%[1]s/sock
`, j.Dir, max(1024, 6*j.N))
	for i := range j.N {
		fmt.Fprintf(&b, "[program:s%d]\ncommand=%s\nstartsecs=1\nautorestart=true\n", i, strings.Join(j.Service, " "))
		if j.Logs {
			fmt.Fprintf(&b, "redirect_stderr=true\nstdout_logfile=%s/s%d\nstdout_logfile_maxbytes=1000000\nstdout_logfile_backups=10\n", logs, i)
		} else {
			b.WriteString("stdout_logfile=NONE\nstderr_logfile=NONE\n")
		}
	}
	if err := os.Mkdir(logs, 0o755); err != nil {
		return Plan{}, err
	}
	ctl := []string{"supervisorctl", "-c", config}
	say := func(words ...string) []string { return append(append([]string{}, ctl...), words...) }
	return Plan{
		Program: rig.Program{Argv: []string{"supervisord", "-n", "-c", config}},
		Stop:    syscall.SIGTERM,
		Status:  say("status", "s0"),
		All:     say("status"),
		Restart: say("restart", "s0"),
	}, write(config, b.String(), 0o644)
}
