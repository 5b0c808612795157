package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// takeover bounds how long --replace waits for the other gateway to end.
const takeover = 10 * time.Second

func (a *app) gateway(args []string) int {
	if len(args) == 0 || args[0] != "run" {
		a.complain("error: gateway takes run [--replace]")
		return codeUsage
	}
	for _, arg := range args[1:] {
		if !slices.Contains([]string{"--replace", "--no-supervise"}, arg) {
			a.complain("error: unrecognized arguments: %s", arg)
			return codeUsage
		}
	}
	home := a.home()
	if _, err := os.Stat(filepath.Join(home, "config.yaml")); errors.Is(err, fs.ErrNotExist) {
		a.complain("no config.yaml in %s: nothing to connect to", home)
		return codeConfig
	}
	unlock, err := lockGateway(home, slices.Contains(args, "--replace"))
	if err != nil {
		return a.fail("start gateway: %w", err)
	}
	defer unlock()
	return a.serveGateway(home)
}

// serveGateway is the gateway's life once the lock is its own.
func (a *app) serveGateway(home string) int {
	set := func(state string, more map[string]any) {
		changes := map[string]any{
			"pid": a.pid, "kind": "hermes-gateway", "argv": append([]string{a.name}, a.args...), "hermes_home": home,
			"gateway_state": state, "updated_at": time.Now().UTC().Format(time.RFC3339Nano),
		}
		maps.Copy(changes, more)
		// As with the app, a state that can't be written is a nuisance and no reason to fall silent.
		if err := setState(home, changes); err != nil {
			a.complain("write gateway_state.json: %v", err)
		}
	}
	set("starting", map[string]any{"start_time": time.Now().UTC().Format(time.RFC3339Nano), "exit_reason": nil, "restart_requested": false})
	if a.exitAsked() == codeFailed {
		set("startup_failed", map[string]any{"exit_reason": "asked to fail"})
		a.complain("gateway failed to connect")
		return codeFailed
	}
	pidFile := filepath.Join(home, "gateway.pid")
	if err := a.writePid(pidFile); err != nil {
		return a.fail("write gateway.pid: %w", err)
	}
	defer func() {
		if err := os.Remove(pidFile); err != nil {
			a.complain("remove gateway.pid: %v", err)
		}
	}()
	set("running", map[string]any{"active_agents": 0})
	fmt.Fprintf(a.out, "hermes gateway: running (pid %d)\n", a.pid)
	code, again := a.untilTold(func() { set("draining", nil) })
	set("stopped", map[string]any{"exit_reason": fmt.Sprintf("exit code %d", code), "restart_requested": again})
	fmt.Fprintln(a.out, "hermes gateway: stopped")
	return code
}

// untilTold waits for the signal that ends a server and drains. USR1 asks for a restart; a second signal ends the
// draining.
func (a *app) untilTold(drain func()) (code int, again bool) {
	if code := a.exitAsked(); code >= 0 {
		return code, code == codeAgain
	}
	for s := range a.signals {
		if s == syscall.SIGWINCH || s == syscall.SIGHUP {
			continue
		}
		if s == syscall.SIGUSR1 {
			code, again = codeAgain, true
		}
		break
	}
	drain()
	length, err := time.ParseDuration(a.getenv("HERMES_STANDIN_DRAIN"))
	if err != nil || length <= 0 {
		return code, again
	}
	timer := time.NewTimer(length)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return code, again
		case s := <-a.signals:
			if s == syscall.SIGTERM || s == syscall.SIGINT {
				return code, again
			}
		}
	}
}

// exitAsked gives the code of HERMES_STANDIN_EXIT, -1 if it isn't set.
func (a *app) exitAsked() int {
	code, err := strconv.Atoi(a.getenv("HERMES_STANDIN_EXIT"))
	if err != nil || code < 0 || code > 255 {
		return -1
	}
	return code
}

// writePid creates the pid file exclusively. Whoever holds the lock knows that an old one is stale.
func (a *app) writePid(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	err = json.NewEncoder(f).Encode(map[string]any{
		"pid": a.pid, "kind": "hermes-gateway", "argv": append([]string{a.name}, a.args...),
		"start_time": time.Now().UTC().Format(time.RFC3339Nano),
	})
	return errors.Join(err, f.Close())
}

// lockGateway takes gateway.lock: one gateway a home.
func lockGateway(home string, takeOver bool) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(home, "gateway.lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		pid := gatewayPid(home)
		if !takeOver {
			return nil, errors.Join(fmt.Errorf("another gateway runs here (pid %d)", pid), f.Close())
		}
		err = replaceGateway(f, pid)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// replaceGateway ends the gateway that holds the lock and takes it over.
func replaceGateway(lock *os.File, pid int) error {
	if pid > 1 {
		// Gone already is as good as told to go; the lock is what says so.
		_ = syscall.Kill(pid, syscall.SIGTERM)
	}
	for deadline := time.Now().Add(takeover); ; time.Sleep(20 * time.Millisecond) {
		err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the gateway that runs here (pid %d) doesn't end", pid)
		}
	}
}

func gatewayPid(home string) int {
	var held struct {
		Pid int `json:"pid"`
	}
	data, err := os.ReadFile(filepath.Join(home, "gateway.pid"))
	if err != nil || json.Unmarshal(data, &held) != nil {
		return 0
	}
	return held.Pid
}
