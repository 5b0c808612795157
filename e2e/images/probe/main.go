// Command probe is what the engine tests run inside containers where a shell can't play the part: a main that says
// which signals reach it, orphans by the hundred, an attacker that swaps directories and links, a web client.
// It needs nothing but the kernel, so it is the one program of the image made from nothing, too.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

func main() {
	if err := play(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

func play(args []string) error {
	if len(args) == 0 {
		return about(nil)
	}
	switch args[0] {
	case "wait":
		return wait()
	case "scripts":
		return scripts(os.Stdin, os.Stdout)
	case "about":
		return about(args[1:])
	case "exit":
		code, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		os.Exit(code)
	case "signals":
		return signals()
	case "orphans":
		return orphans(args[1])
	case "swap":
		return swap(args[1], args[2])
	case "socket":
		return socket(args[1])
	case "get":
		return get(args[1])
	}
	return errors.New("unknown part " + strconv.Quote(args[0]))
}

// wait stays until TERM or INT, for containers that others exec into.
func wait() error {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
	return nil
}

// about tells who this process is, as JSON.
func about(args []string) error {
	groups, err := os.Getgroups()
	if err != nil {
		return err
	}
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"args": args, "uid": os.Getuid(), "gid": os.Getgid(), "groups": groups, "dir": dir, "env": os.Environ(), "parent": os.Getppid(),
	})
}

// signals names each signal that comes; TERM comes last and ends it with 7.
func signals() error {
	got := make(chan os.Signal, 16)
	signal.Notify(got, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH, syscall.SIGCONT, syscall.SIGTERM)
	fmt.Println("ready")
	for s := range got {
		fmt.Printf("signal %d\n", s)
		if s == syscall.SIGTERM {
			os.Exit(7)
		}
	}
	return nil
}

// orphans starts children that each leave a grandchild behind, then stays.
func orphans(count string) error {
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	for range n {
		// The shell ends at once; what it started becomes PID 1's.
		if err := exec.Command("/bin/sh", "-c", "true & sleep 0.2 &").Run(); err != nil {
			return err
		}
	}
	fmt.Println("orphaned")
	return wait()
}

// swap exchanges two names for ever: the attacker's move between a look and a change.
func swap(a, b string) error {
	const exchange = 2 // RENAME_EXCHANGE
	pa, err := syscall.BytePtrFromString(a)
	if err != nil {
		return err
	}
	pb, err := syscall.BytePtrFromString(b)
	if err != nil {
		return err
	}
	fmt.Println("swapping")
	for {
		renameat2(pa, pb, exchange)
	}
}

// socket leaves a unix socket at a path.
func socket(path string) error {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return err
	}
	l.SetUnlinkOnClose(false)
	return l.Close()
}

// get prints the status and body that a web address answers with.
func get(url string) error {
	client := http.Client{Timeout: 5 * time.Second}
	answer, err := client.Get(url)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	fmt.Println(answer.StatusCode)
	_, err = io.Copy(os.Stdout, io.LimitReader(answer.Body, 64<<10))
	return err
}
