package boot

import (
	"os"
	"strings"
)

// labelHint is what to do where SELinux may be what forbids something that owners and modes allow.
const labelHint = "SELinux may forbid what owner and mode allow: mount the volume with :z, or with :Z if no other container shares it"

// Labelled says whether SELinux confines this process: where its owner is right and it is refused all the same, the volume may
// want a label.
func Labelled() bool {
	data, err := os.ReadFile("/proc/self/attr/current")
	return err == nil && confined(string(data))
}

// confined reads a process's context: user:role:type:level with SELinux, another form with other modules (AppArmor:
// "docker-default (enforce)").
func confined(context string) bool {
	parts := strings.Split(strings.TrimRight(context, "\x00\n"), ":")
	return len(parts) >= 4 && strings.HasSuffix(parts[2], "_t") && !strings.HasPrefix(parts[2], "unconfined") && parts[2] != "spc_t"
}

// LabelHint gives the hint for a refusal that SELinux may stand behind, or an empty string.
func LabelHint() string {
	if Labelled() {
		return labelHint
	}
	return ""
}
