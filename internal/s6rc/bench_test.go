package s6rc

import (
	"fmt"
	"testing"
)

// BenchmarkRead is a part of each boot: it reads an image with many services.
func BenchmarkRead(b *testing.B) {
	for _, n := range []int{0, 20, 50} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			tree, names := "", []string{}
			for i := range n {
				name := fmt.Sprintf("svc-%d", i)
				names = append(names, name)
				tree += d(name, "longrun", "dependencies.d/base=", "notification-fd=3", "finish=#!/bin/sh\n")
			}
			g := newRig(b, in(names...)+tree)
			s, _ := ReadSettings(env())
			for b.Loop() {
				if i := Read(g.root, s, ours); len(i.Fatal()) > 0 {
					b.Fatal(i.Complaints)
				}
			}
		})
	}
}

// BenchmarkSwitched is what an image pays that has nothing of s6-overlay's.
func BenchmarkSwitched(b *testing.B) {
	g := newRig(b, "-- etc/passwd --\n")
	for b.Loop() {
		if on, _ := Switched(g.root, env()); on {
			b.Fatal("on")
		}
	}
}
