package s6

import "strings"

// programs gives the names in /command of s6-overlay, of every version. Which of them berth is, the rooms of words say.
func programs() []string {
	return strings.Fields(`
with-contenv printcontenv logutil-service logutil-newfifo logutil-service-main with-retries syslogd-overlay justc-envdir

s6-accessrights-cdb-from-fs s6-accessrights-fs-from-cdb s6-applyuidgid s6-cleanfifodir s6-connlimit s6-envdir s6-envuidgid
s6-fdholder-daemon s6-fdholder-delete s6-fdholder-getdump s6-fdholder-list s6-fdholder-retrieve s6-fdholder-setdump
s6-fdholder-store s6-fdholder-transferdump s6-fdholderd s6-fghack s6-freeport s6-ftrig-listen s6-ftrig-listen1
s6-ftrig-notify s6-ftrig-wait s6-instance-control s6-instance-create s6-instance-delete s6-instance-list s6-instance-maker
s6-instance-status s6-ioconnect s6-ipcclient s6-ipcserver s6-ipcserver-access s6-ipcserver-socketbinder s6-ipcserverd s6-log
s6-mkfifodir s6-notifyoncheck s6-permafailon s6-setlock s6-setsid s6-setuidgid s6-socklog s6-softlimit s6-sudo s6-sudoc
s6-sudod s6-supervise s6-svc s6-svdir-link s6-svdir-unlink s6-svdt s6-svdt-clear s6-svlink s6-svlisten s6-svlisten1 s6-svok
s6-svperms s6-svscan s6-svscanctl s6-svstat s6-svunlink s6-svwait s6-tai64n s6-tai64nlocal s6-usertree-maker ucspilogd

s6-rc s6-rc-bundle s6-rc-bundle-update s6-rc-compile s6-rc-db s6-rc-dryrun s6-rc-format-upgrade s6-rc-init s6-rc-update


s6-basename s6-cat s6-chmod s6-chown s6-clock s6-cut s6-devd s6-dirname s6-dumpenv s6-echo s6-env s6-expr s6-false
s6-format-filter s6-grep s6-head s6-hiercopy s6-hostname s6-linkname s6-ln s6-logwatch s6-ls s6-maximumtime s6-memoryhog
s6-mkdir s6-mkfifo s6-mknod s6-mount s6-nice s6-nuke s6-pause s6-printenv s6-quote s6-quote-filter s6-rename s6-rmrf s6-seq
s6-sleep s6-sort s6-swapoff s6-swapon s6-sync s6-tail s6-test s6-touch s6-true s6-umount s6-uniquename s6-unquote
s6-unquote-filter s6-update-symlink s6-vlockd seekablepipe rngseed

background backtick case cd define dollarat elgetopt elgetpositionals elglob eltest emptyenv envfile exec execline-cd
execline-umask execlineb exit export export-array fdblock fdclose fdmove fdreserve fdswap forbacktickx foreground forstdin
forx getcwd getpid heredoc homeof if ifelse ifte ifthenelse importas loopwhilex multidefine multisubstitute pipeline posix-cd
posix-umask redirfd runblock shift trap tryexec umask unexport wait withstdinas`)
}
