package execline

import "testing"

func TestPosixBesideTheRealOnes(t *testing.T) {
	beside(t, []string{
		`posix-cd / getcwd -E A ARGS $A`,
		`posix-cd`,
		`export HOME /tmp posix-cd`,
		`export OLDPWD /tmp posix-cd - getcwd -E A ARGS $A`,
		`export CDPATH /usr:/tmp posix-cd el getcwd -E A ARGS $A`,
		`export CDPATH /usr:/tmp posix-cd lib env`,
		`posix-cd -P /bin env`,
		`posix-cd -L /bin env`,
		`export PWD /bin posix-cd -L .. env`,
		`posix-cd /nosuch ARGS`,
		`posix-cd ""`,
		`posix-umask`,
		`posix-umask -S`,
		`posix-umask 22 sh -c umask`,
		`posix-umask g+w sh -c umask`,
		`posix-umask -S 27`,
		`posix-umask a=r,u+x sh -c umask`,
		`posix-umask +x sh -c umask`,
		`posix-umask u=g sh -c umask`,
		`posix-umask xx sh -c umask`,
		`posix-umask 8 sh -c umask`,
		`posix-umask a-w sh -c umask`,
		`posix-umask u-x,g+w,o-r sh -c umask`,
		`posix-umask =r sh -c umask`,
		`posix-umask ug=rw sh -c umask`,
		`posix-umask g=u sh -c umask`,
		`posix-umask 0 sh -c umask`,
		`posix-umask 1000 sh -c umask`,
		`posix-cd sub getcwd -E A ARGS $A`,
		`posix-cd -P sub/x env`,
		`unexport HOME posix-cd`,
		`posix-cd - ARGS`,
	})
}
