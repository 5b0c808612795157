package s6words

import (
	"fmt"

	"github.com/berth-init/berth/internal/chain"
)

// Absent gives the hint for a word of the family that berth doesn't have, or "".
func Absent(name string) string {
	switch name {
	case "s6-ipcserver", "s6-ipcserver-access", "s6-ipcserver-socketbinder", "s6-ipcserverd", "s6-ipcclient", "s6-connlimit",
		"s6-accessrules-cdb-from-fs", "s6-accessrules-fs-from-cdb":
		return "let the service listen by itself, or keep the image's own s6 and call this by its path there"
	case "s6-fdholderd", "s6-fdholder-daemon", "s6-fdholder-store", "s6-fdholder-retrieve", "s6-fdholder-delete", "s6-fdholder-list",
		"s6-fdholder-getdump", "s6-fdholder-setdump", "s6-fdholder-transferdump":
		return "pipes between services are held by berth itself: producer-for and consumer-for need no holder"
	case "s6-sudo", "s6-sudoc", "s6-sudod":
		return "use s6-setuidgid in the service that needs other rights"
	case "s6-instance-maker", "s6-instance-create", "s6-instance-delete", "s6-instance-control", "s6-instance-list", "s6-instance-status":
		return "make a service directory for each instance in /run/service and call s6-svscanctl -a"
	case "s6-svscan", "s6-supervise", "s6-ftrigrd", "s6-svscanboot", "s6-linux-init", "s6-linux-init-maker":
		return "berth supervises the services itself: start the container with /init"
	case "s6-rc-compile", "s6-rc-init", "s6-rc-update", "s6-rc-bundle", "s6-rc-format-upgrade", "s6-rc-dryrun":
		return "berth reads /etc/s6-overlay/s6-rc.d at each start: start the container again after a change there"
	case "s6-svperms":
		return "status can be read by anybody; chown supervise/control to the user who may control the service"
	case "s6-usertree-maker", "s6-socklog", "s6-mount", "s6-umount", "s6-swapon", "s6-swapoff", "s6-chroot", "s6-pivotchroot",
		"s6-logwatch", "s6-devd", "s6-ps", "s6-clock", "s6-cut", "s6-expr", "s6-grep", "s6-tail", "s6-nuke", "s6-format-filter",
		"s6-quote-filter", "s6-unquote-filter", "s6-ioconnect",
		"s6-update-symlinks":
		return "use the image's own tool for it, or keep the image's own s6 and call this by its path there"
	}
	return ""
}

// absent ends with 127, as a shell does where there is no such program.
func absent(c *chain.Call) int {
	_, _ = fmt.Fprintf(c.Stderr, "%s: fatal: berth has no such word\n%s: hint: %s\n", c.Name, c.Name, Absent(c.Name))
	return chain.NotFound
}
