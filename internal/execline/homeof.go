package execline

import (
	"bufio"
	"errors"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// homeof prints a user's home directory.
func homeof(c *chain.Call) int {
	if len(c.Args) == 0 {
		return c.Wrong("homeof user")
	}
	home, err := homeDirectory("/etc/passwd", c.Args[0])
	if err != nil {
		return c.Fail(chain.System, "unable to find user %q: %s", c.Args[0], chain.Reason(err))
	}
	if _, err := c.Stdout.Write([]byte(home + "\n")); err != nil {
		return c.Fail(chain.System, "unable to write to stdout: %s", chain.Reason(err))
	}
	return 0
}

var errNoUser = errors.New("no such user")

func homeDirectory(file, user string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ":")
		if len(fields) >= 7 && fields[0] == user {
			return fields[5], nil
		}
	}
	if err := lines.Err(); err != nil {
		return "", err
	}
	return "", errNoUser
}

// workingDirectory gives the directory's real path.
func workingDirectory() (string, error) {
	buffer := make([]byte, unix.PathMax)
	n, err := unix.Getcwd(buffer)
	if err != nil {
		return "", err
	}
	return string(buffer[:n-1]), nil
}
