package execline

import "testing"

func TestPosixBesideTheRealOnes(t *testing.T) {
	beside(t, []recorded{
		{
			`posix-cd / getcwd -E A ARGS $A`,
			outcome{stdout: "<.></>"},
		},
		{
			`posix-cd`,
			outcome{},
		},
		{
			`export HOME /tmp posix-cd`,
			outcome{},
		},
		{
			`export OLDPWD /tmp posix-cd - getcwd -E A ARGS $A`,
			outcome{stdout: "/tmp\n<.></tmp>"},
		},
		{
			`export CDPATH /nowhere:/usr posix-cd lib getcwd -E A ARGS $A`,
			outcome{stdout: "/usr/lib\n<.></usr/lib>"},
		},
		{
			`posix-cd -P sub/x env`,
			outcome{stdout: "\nHOME=/root\nOLDPWD=DIR\nPATH=BIN:/usr/bin:/bin\nPWD=DIR/sub/x"},
		},
		{
			`posix-cd -L /usr/bin env`,
			outcome{stdout: "\nHOME=/root\nOLDPWD=DIR\nPATH=BIN:/usr/bin:/bin\nPWD=/usr/bin"},
		},
		{
			`export PWD /bin posix-cd -L .. env`,
			outcome{stdout: "\nHOME=/root\nOLDPWD=DIR\nPATH=BIN:/usr/bin:/bin\nPWD=/"},
		},
		{
			`posix-cd /nosuch ARGS`,
			outcome{code: 111, stderr: "posix-cd: fatal"},
		},
		{
			`posix-cd ""`,
			outcome{code: 100, stderr: "posix-cd: usage"},
		},
		{
			`posix-umask`,
			outcome{stdout: "0022\n"},
		},
		{
			`posix-umask -S`,
			outcome{stdout: "u=rwx,g=rx,o=rx\n"},
		},
		{
			`posix-umask 22 sh -c umask`,
			outcome{stdout: "0022\n"},
		},
		{
			`posix-umask g+w sh -c umask`,
			outcome{stdout: "0002\n"},
		},
		{
			`posix-umask -S 27`,
			outcome{},
		},
		{
			`posix-umask a=r,u+x sh -c umask`,
			outcome{stdout: "0233\n"},
		},
		{
			`posix-umask +x sh -c umask`,
			outcome{stdout: "0022\n"},
		},
		{
			`posix-umask u=g sh -c umask`,
			outcome{stdout: "0222\n"},
		},
		{
			`posix-umask xx sh -c umask`,
			outcome{code: 1, stderr: "posix-umask: fatal"},
		},
		{
			`posix-umask 8 sh -c umask`,
			outcome{code: 1, stderr: "posix-umask: fatal"},
		},
		{
			`posix-umask a-w sh -c umask`,
			outcome{stdout: "0222\n"},
		},
		{
			`posix-umask u-x,g+w,o-r sh -c umask`,
			outcome{stdout: "0106\n"},
		},
		{
			`posix-umask =r sh -c umask`,
			outcome{stdout: "0333\n"},
		},
		{
			`posix-umask ug=rw sh -c umask`,
			outcome{stdout: "0112\n"},
		},
		{
			`posix-umask g=u sh -c umask`,
			outcome{stdout: "0002\n"},
		},
		{
			`posix-umask 0 sh -c umask`,
			outcome{stdout: "0000\n"},
		},
		{
			`posix-umask 1000 sh -c umask`,
			outcome{stdout: "0000\n"},
		},
		{
			`posix-cd sub getcwd -E A ARGS $A`,
			outcome{stdout: "<.><DIR/sub>"},
		},
		{
			`unexport HOME posix-cd`,
			outcome{code: 100, stderr: "posix-cd: usage"},
		},
		{
			`posix-cd - ARGS`,
			outcome{code: 100, stderr: "posix-cd: usage"},
		},
	})
}
