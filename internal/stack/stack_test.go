package stack

import (
	"go/parser"
	"go/token"
	"testing"
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
