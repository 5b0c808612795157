package execline

import "testing"

func TestParametersBesideTheRealOnes(t *testing.T) {
	beside(t, []string{
		`elgetopt ab ARGS`,
		`export "#" 1 elgetopt ab ARGS`,
		`elgetopt`,
		`elgetopt ab`,
		`shift ARGS`,
		`shift`,
		`shift -nx ARGS`,
		`dollarat`,
		`export "#" 1 dollarat`,
		`export "#" x dollarat`,
		`dollarat -z`,
		`runblock 1`,
		`execlineb -c "shift -n 1 elgetpositionals ARGS $@" a b`,
		`execlineb -c "runblock -r 2 ARGS" " a" "" " b" "" c d`,
		`export "#" 99999999 elgetpositionals ARGS`,
	})
}
