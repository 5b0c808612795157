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
	for i := 1; i < len(args); i++ {
		switch args[i] {
		case "--replace", "--no-supervise":
		case "-p", "--profile":
			i++
			if code := a.profileFlag(args, i); code >= 0 {
				return code
			}
		default:
			a.complain("error: unrecognized arguments: %s", args[i])
			return codeUsage
		}
	}
	home := a.home()
	if err := a.tell("gateway"); err != nil {
		return a.fail("tell what it was started with: %w", err)
	}
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
	if code := a.comeUp(); code >= 0 {
		set("stopped", nil)
		return code
	}
	if a.failsAtOnce() {
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
	begun, err := a.beginLife(home)
	if err != nil {
		a.complain("write %s: %v", lifecycle, err)
	}
	set("running", map[string]any{"active_agents": 0})
	fmt.Fprintf(a.out, "hermes gateway: running (pid %d)\n", a.pid)
	code, again := a.untilTold("hermes gateway", func() { set("draining", nil) })
	set("stopped", map[string]any{"exit_reason": fmt.Sprintf("exit code %d", code), "restart_requested": again})
	if err := begun.end(home, code); err != nil {
		a.complain("write %s: %v", lifecycle, err)
	}
	fmt.Fprintln(a.out, "hermes gateway: stopped")
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
