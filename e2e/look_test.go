package e2e

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// look runs a command that only looks in a container, as root: in the container's namespaces, from the tests' own container. A
// `docker exec` takes 62 ms on a machine where that takes 5. It has the container's variables and not its limits, so that what is asked
// about an exec itself, about rights or a cgroup has to be one: see exec.
func (c *container) look(t *testing.T, words ...string) result {
	t.Helper()
	s, err := scriptsOnce()
	if err != nil {
		return c.exec(t, words...)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var it struct {
		State  struct{ Pid int }
		Config struct {
			Env  []string
			User string
		}
	}
	if err := ask(ctx, http.MethodGet, "/containers/"+c.id+"/json", nil, &it); err != nil || it.State.Pid == 0 || it.Config.User != "" && it.Config.User != "root" {
		return c.exec(t, words...) // it has the words for who has ended
	}
	a, err := s.run("/", fmt.Sprintf("exec nsenter --target %d --mount --uts --ipc --net --pid -- env -i %s", it.State.Pid,
		quoteAll(slices.Concat(it.Config.Env, []string{"HOME=/root"}, words))))
	if err != nil || strings.HasPrefix(a.Err, "nsenter: ") { // it has ended meanwhile, or the engine's host forbids it
		return c.exec(t, words...)
	}
	return result{out: a.Out, err: a.Err, code: a.Code}
}

// sees is look for a command that has to succeed: what it prints.
func (c *container) sees(t *testing.T, words ...string) string {
	t.Helper()
	r := c.look(t, words...)
	if r.code != 0 {
		t.Fatalf("%s: exit code %d\n%s", strings.Join(words, " "), r.code, r.all())
	}
	return strings.TrimSpace(r.out)
}
