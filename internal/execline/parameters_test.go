package execline

import "testing"

func TestParametersBesideTheRealOnes(t *testing.T) {
	beside(t, []recorded{
		{
			`elgetopt ab ARGS`,
			outcome{code: 100, stderr: "elgetopt: fatal"},
		},
		{
			`export "#" 1 elgetopt ab ARGS`,
			outcome{code: 100, stderr: "elgetopt: fatal"},
		},
		{
			`elgetopt`,
			outcome{code: 100, stderr: "elgetopt: usage"},
		},
		{
			`elgetopt ab`,
			outcome{code: 100, stderr: "elgetopt: usage"},
		},
		{
			`shift ARGS`,
			outcome{code: 100, stderr: "shift: fatal"},
		},
		{
			`shift`,
			outcome{code: 100, stderr: "shift: usage"},
		},
		{
			`shift -nx ARGS`,
			outcome{code: 100, stderr: "shift: usage"},
		},
		{
			`dollarat`,
			outcome{code: 100, stderr: "dollarat: fatal"},
		},
		{
			`export "#" 1 dollarat`,
			outcome{code: 100, stderr: "dollarat: fatal"},
		},
		{
			`export "#" x dollarat`,
			outcome{code: 100, stderr: "dollarat: fatal"},
		},
		{
			`dollarat -z`,
			outcome{code: 100, stderr: "dollarat: usage"},
		},
		{
			`runblock 1`,
			outcome{code: 100, stderr: "runblock: fatal"},
		},
		{
			`execlineb -c "shift -n 1 elgetpositionals ARGS $@" a b`,
			outcome{stdout: "<.><b>"},
		},
		{
			`execlineb -c "runblock -r 2 ARGS" " a" "" " b" "" c d`,
			outcome{stdout: "<.><c><d>"},
		},
		{
			`export "#" 99999999 elgetpositionals ARGS`,
			outcome{code: 111, stderr: "elgetpositionals: fatal"},
		},
	})
}
