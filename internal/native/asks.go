package native

import "slices"

// Asks says whether words may be berth's to answer, by the words alone: a front door that is called a hundred times an
// hour opens nothing for those that are not. native is the spec's main.native.
func Asks(args, native []string) bool {
	w, ok := Read(args)
	return ok && w.Ours(native)
}

// Ours says whether a verb is one that berth knows and that the image leaves to it. The app's own help stays the app's.
func (w Words) Ours(native []string) bool {
	if !slices.Contains(native, w.Verb) || w.help() {
		return false
	}
	second := ""
	if len(w.Rest) > 0 {
		second = w.Rest[0]
	}
	switch w.Verb {
	case "gateway":
		return slices.Contains([]string{"run", "start", "stop", "restart", "status", "install", "uninstall"}, second)
	case "profile":
		return slices.Contains([]string{"create", "delete", "list"}, second)
	case "doctor", "dump", "setup", "update":
		return true
	}
	return false
}
