package proc

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// TestOneThreadForks starts children from many threads at once; the kernel says which thread each is the child of.
func TestOneThreadForks(t *testing.T) {
	if _, err := os.Stat("/proc/thread-self/children"); err != nil {
		t.Skip("needs a kernel that tells a thread's children (CONFIG_PROC_CHILDREN): ", err)
	}
	const many = 24
	var all [many]*Process
	var wg sync.WaitGroup
	for i := range many {
		wg.Go(func() {
			p, err := children.Start(sh("exec sleep 1000"))
			if err != nil {
				t.Error(err)
				return
			}
			all[i] = p
		})
	}
	wg.Wait()
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	parents := map[string]int{}
	for _, list := range lists {
		data, _ := os.ReadFile(list) // a thread that has ended has none
		for pid := range strings.FieldsSeq(string(data)) {
			for _, p := range all {
				if p != nil && strconv.Itoa(p.Pid()) == pid {
					parents[list]++
				}
			}
		}
	}
	if len(parents) != 1 {
		t.Errorf("the children by the thread that forked them: %v, want one thread", parents)
	}
	for _, p := range all {
		if p != nil {
			_ = p.Signal(syscall.SIGKILL)
			<-p.Done()
		}
	}
	none(t)
}
