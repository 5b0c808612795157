package stack

import (
	"go/parser"
	"go/token"
	"testing"
	"unsafe"
)

func TestItIsInitializedBeforeAllThatNeedsRoom(t *testing.T) {
	if reached != 1 {
		t.Error("the stack wasn't reached into")
	}
	f, err := parser.ParseFile(token.NewFileSet(), "stack.go", nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range f.Imports {
		t.Errorf("it imports %s, and is initialized after that only", i.Path.Value)
	}
}

// A stack that has grown lies elsewhere. A compiler that does without the frame has taken the point away from this room.
func TestReachingMovesASmallStack(t *testing.T) {
	moved := make(chan bool)
	go func() {
		var local byte
		before := uintptr(unsafe.Pointer(&local))
		got := reach(len("x"))
		moved <- got == 1 && before != uintptr(unsafe.Pointer(&local))
	}()
	if !<-moved {
		t.Error("the stack has not grown")
	}
}
