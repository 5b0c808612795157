package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/term"
)

// terminal says whether a person sits at the program.
func (a *app) terminal() bool {
	return term.IsTerminal(int(a.in.Fd())) && term.IsTerminal(int(a.out.Fd()))
}

func (a *app) chat(args []string) int {
	if len(args) == 0 {
		return a.interactive()
	}
	if args[0] != "-q" || len(args) != 2 {
		a.complain("error: chat takes -q TEXT")
		return codeUsage
	}
	fmt.Fprintln(a.out, "you said: "+args[1])
	return 0
}

// interactive talks to a person until the end of the input or /quit.
func (a *app) interactive() int {
	if !a.terminal() {
		a.complain("interactive chat needs a terminal (docker run -it); ask one question with: hermes chat -q TEXT")
		return codeFailed
	}
	fmt.Fprintln(a.out, "Hermes, a stand-in. /quit ends.")
	lines := a.lines()
	for {
		fmt.Fprint(a.out, "> ")
		select {
		case line, more := <-lines:
			if !more || line == "/quit" {
				return 0
			}
			fmt.Fprintln(a.out, "you said: "+line)
		case s := <-a.signals:
			if code := ended(s); code > 0 {
				return code
			}
		}
	}
}

// tui prints the size of its terminal whenever that changes, until q or the end of the input.
func (a *app) tui() int {
	if !a.terminal() {
		a.complain("--tui needs a terminal (docker run -it)")
		return codeUsage
	}
	lines := a.lines()
	for {
		width, height, err := term.GetSize(int(a.out.Fd()))
		if err != nil {
			return a.fail("read terminal size: %w", err)
		}
		fmt.Fprintf(a.out, "hermes TUI %dx%d, q ends\n", width, height)
		select {
		case line, more := <-lines:
			if !more || strings.TrimSpace(line) == "q" {
				return 0
			}
		case s := <-a.signals:
			if code := ended(s); code > 0 {
				return code
			}
		}
	}
}

// lines gives what is typed; the reader ends with the program.
func (a *app) lines() <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(a.in); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

// ended gives the exit code that a signal means to a program in the foreground, 0 if it goes on.
func ended(s os.Signal) int {
	n, ok := s.(syscall.Signal)
	if !ok || n == syscall.SIGWINCH || n == syscall.SIGUSR1 {
		return 0
	}
	return 128 + int(n)
}
