package s6log

import "github.com/berth-init/berth/internal/chain"

// Find gives the word of a name, or nil.
func Find(name string) chain.Word {
	switch name {
	case "s6-log":
		return Log
	case "logutil-service":
		return Service
	case "logutil-newfifo":
		return NewFIFO
	}
	return nil
}
