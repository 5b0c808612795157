package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// guest plays, inside a session's image, what a shell can't: a file system that hangs, a stranger, a client that asks for
// too much.
func guest() {
	if err := playGuest(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "guest:", err)
		os.Exit(1)
	}
}

func playGuest(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: guest PART ARGUMENT...")
	}
	switch args[0] {
	case "hang":
		return hang(args[1], args[2:])
	case "alone":
		return alone(args[1:])
	case "listen":
		return listen(args[1])
	case "notify":
		return notify(args[1], args[2])
	case "shy":
		return shy(args[1])
	case "claim":
		return claim(args[1], args[2])
	case "crowd":
		return crowd(args[1], args[2])
	}
	return fmt.Errorf("no part is named %q", args[0])
}

// become executes a program in this process's place.
func become(argv []string) error {
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return err
	}
	return syscall.Exec(path, argv, os.Environ())
}

// hang mounts a file system that never answers anything on a directory, and becomes a command. Whoever looks below the
// directory waits until it is killed. The open descriptor is the file system: it goes with whoever holds it last.
func hang(dir string, argv []string) error {
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("open /dev/fuse: %w", err)
	}
	options := fmt.Sprintf("fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other", fd)
	if err := unix.Mount("hang", dir, "fuse.hang", 0, options); err != nil {
		return fmt.Errorf("mount on %s: %w", dir, err)
	}
	return become(argv)
}

// alone becomes a command in a network of its own, so that sessions don't take ports from each other.
func alone(argv []string) error {
	runtime.LockOSThread() // the thread that leaves the network is the one that executes
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("leave the network: %w", err)
	}
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(s) }()
	up, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	up.SetUint16(unix.IFF_UP)
	if _, _, no := unix.Syscall(unix.SYS_IOCTL, uintptr(s), unix.SIOCSIFFLAGS, uintptr(unsafe.Pointer(up))); no != 0 {
		return fmt.Errorf("bring lo up: %w", no)
	}
	return become(argv)
}

// listen takes a port and keeps it until it is told to end.
func listen(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Println("listens")
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		_ = c.Close()
	}
}

// notify sends a message to a notify socket, as whoever finds its name may.
func notify(name, text string) error {
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return err
	}
	_, err = c.Write([]byte(text))
	return errors.Join(err, c.Close())
}

// shy says that it is ready once a file is there, and stays.
func shy(file string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(file); err == nil {
			break
		}
		<-tick.C
	}
	if err := notify(os.Getenv("NOTIFY_SOCKET"), "READY=1"); err != nil {
		return err
	}
	select {}
}

// claim sends a request with a body of so many bytes to the control socket and prints the first line of the answer, and
// how much of the body was taken.
func claim(socket, size string) error {
	n, err := strconv.ParseInt(size, 10, 64)
	if err != nil {
		return err
	}
	c, err := net.Dial("unix", socket)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	taken := make(chan int64, 1)
	go func() {
		head := "POST /v1/stop HTTP/1.1\r\nHost: berth\r\nContent-Type: application/json\r\nContent-Length: " + size + "\r\n\r\n"
		_, _ = io.WriteString(c, head)
		k, _ := io.Copy(c, io.LimitReader(blanks{}, n)) // it ends when the other side has had enough
		taken <- k
	}()
	buf := make([]byte, 4096)
	k, err := c.Read(buf)
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	first, _, _ := strings.Cut(string(buf[:k]), "\r\n")
	_ = c.Close()
	fmt.Printf("%s; took %d MiB\n", first, <-taken>>20)
	return nil
}

// blanks are what JSON may begin with, without an end.
type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// crowd opens so many connections to the control socket, says nothing on them, and tells how many were closed on it. It
// keeps the others until it is killed.
func crowd(socket, size string) error {
	n, err := strconv.Atoi(size)
	if err != nil {
		return err
	}
	var kept []net.Conn
	turned := 0
	look := func() { // the oldest has its answer by now
		c := kept[0]
		kept = kept[1:]
		if closed(c) {
			turned++
			_ = c.Close()
			return
		}
		kept = append(kept, c)
	}
	for opened := 0; opened < n; {
		c, err := net.Dial("unix", socket)
		switch {
		case errors.Is(err, unix.EAGAIN) && len(kept) > 0: // more wait to be let in than the kernel keeps
			look()
			continue
		case err != nil:
			return fmt.Errorf("connection %d: %w", opened, err)
		}
		opened++
		if kept = append(kept, c); len(kept) >= 512 {
			look()
		}
	}
	for range len(kept) {
		look()
	}
	fmt.Printf("opened %d, kept %d\n", n, n-turned)
	select {}
}

// closed says whether the other side of a connection has closed it.
func closed(c net.Conn) bool {
	_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := c.Read(make([]byte, 1))
	return err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
}
