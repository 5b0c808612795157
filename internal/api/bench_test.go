package api

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkStatus is the status of all of a thousand slots as a front door asks for it: a new connection each time.
func BenchmarkStatus(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r := newRig(b)
			r.slots = nil
			healthy := true
			for i := range n {
				r.slots = append(r.slots, Service{
					Name: fmt.Sprintf("service-%04d", n-i), State: "ready", Desired: "up", Pid: 1000 + i, Since: time.Now(), Ready: true,
					Healthy: &healthy, LastExit: &Exit{Code: 137, Signal: "KILL"},
				})
			}
			b.ReportAllocs()
			for b.Loop() {
				st, err := r.client.Status(b.Context())
				if err != nil || len(st.Services) != n {
					b.Fatal(len(st.Services), err)
				}
			}
		})
	}
}

// BenchmarkStatusOfOne is the status of one of a thousand.
func BenchmarkStatusOfOne(b *testing.B) {
	r := newRig(b)
	r.slots = nil
	for i := range 1000 {
		r.slots = append(r.slots, Service{Name: fmt.Sprintf("service-%04d", i)})
	}
	for b.Loop() {
		if _, err := r.client.Status(b.Context(), "service-0500"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRingAdd is what an event costs the supervisor.
func BenchmarkRingAdd(b *testing.B) {
	ring := NewRing(10_000)
	seq := uint64(0)
	for b.Loop() {
		seq++
		ring.Add(Event{Seq: seq, Slot: "web"})
	}
}
