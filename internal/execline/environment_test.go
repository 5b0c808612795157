package execline

import "testing"

func TestVariablesBesideTheRealOnes(t *testing.T) {
	beside(t, []recorded{
		{
			`importas`,
			outcome{code: 100, stderr: "importas: usage"},
		},
		{
			`importas A`,
			outcome{code: 100, stderr: "importas: usage"},
		},
		{
			`importas A B`,
			outcome{},
		},
		{
			`importas A B ARGS x$A y`,
			outcome{stdout: "<.><y>"},
		},
		{
			`importas -D d A B ARGS x$A y`,
			outcome{stdout: "<.><xd><y>"},
		},
		{
			`importas -i A B ARGS x$A y`,
			outcome{code: 100, stderr: "importas: fatal"},
		},
		{
			`importas -i -D d A B ARGS x$A y`,
			outcome{code: 100, stderr: "importas: fatal"},
		},
		{
			`export B 1 importas -u A B importas -D no C B ARGS $A $C`,
			outcome{stdout: "<.><1><no>"},
		},
		{
			`unexport "a=b" ARGS`,
			outcome{code: 100, stderr: "unexport: fatal"},
		},
		{
			`unexport "" ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`export A`,
			outcome{code: 100, stderr: "export: usage"},
		},
		{
			`export A b`,
			outcome{code: 100, stderr: "export: usage"},
		},
		{
			`unexport`,
			outcome{code: 100, stderr: "unexport: usage"},
		},
		{
			`emptyenv`,
			outcome{code: 100, stderr: "emptyenv: usage"},
		},
		{
			`emptyenv /usr/bin/env`,
			outcome{},
		},
		{
			`emptyenv env`,
			outcome{},
		},
		{
			`emptyenv -c -p env`,
			outcome{stdout: "\nHOME=/root\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`emptyenv export "#" 1 export "#:1" 3 export 0 x export 1 y export 1:1 z export 10 k export EXECLINE_STRICT 1 export ELGETOPT_a 1 export ELGETOPT_a:1 2 export ! 1 export ? 2 export "!:1" 3 export ab 3 export FDx 4 export 1:x 4 export 1:2x 5 export "#:0" 9 export EXECLINE_A:1 k /usr/bin/env`,
			outcome{code: 127, stderr: "export: fatal: unable to exec export: No such file or directory"},
		},
		{
			`emptyenv export "#" 1 export "#:1" 3 export 0 x export 1 y export 1:1 z export 10 k export EXECLINE_STRICT 1 export ELGETOPT_a 1 export ELGETOPT_a:1 2 export ! 1 export ? 2 export "!:1" 3 export ab 3 export FDx 4 export EXECLINE_A:1 k /usr/lib/execline/bin/emptyenv -P /usr/bin/env`,
			outcome{code: 127, stderr: "export: fatal: unable to exec export: No such file or directory"},
		},
		{
			`emptyenv export "#" 1 export "#:1" 3 export 0 x export 1 y export 1:1 z export 10 k export EXECLINE_STRICT 1 export ELGETOPT_a 1 export ELGETOPT_a:1 2 export ! 1 export ? 2 export "!:1" 3 export ab 3 export FDx 4 export EXECLINE_A:1 k /usr/lib/execline/bin/emptyenv -o /usr/bin/env`,
			outcome{code: 127, stderr: "export: fatal: unable to exec export: No such file or directory"},
		},
		{
			`emptyenv export "#" 1 export "#:1" 3 export 0 x export 1 y export 1:1 z export 10 k export EXECLINE_STRICT 1 export ELGETOPT_a 1 export ELGETOPT_a:1 2 export ! 1 export ? 2 export "!:1" 3 export ab 3 export FDx 4 export EXECLINE_A:1 k /usr/lib/execline/bin/emptyenv -oP /usr/bin/env`,
			outcome{code: 127, stderr: "export: fatal: unable to exec export: No such file or directory"},
		},
		{
			`emptyenv export "#" 1 export "#:1" 3 export 0 x export 1 y export 1:1 z export 10 k export EXECLINE_STRICT 1 export ELGETOPT_a 1 export ELGETOPT_a:1 2 export ! 1 export ? 2 export "!:1" 3 export ab 3 export FD0 4 export FD1 5 export EXECLINE_A:1 k export SIGNAL 3 export LASTPID 3 export PATH p /usr/lib/execline/bin/emptyenv -c /usr/bin/env`,
			outcome{code: 127, stderr: "export: fatal: unable to exec export: No such file or directory"},
		},
		{
			`emptyenv -q ARGS`,
			outcome{code: 100, stderr: "emptyenv: usage"},
		},
		{
			`emptyenv -p export 1:x 4 export 1:2x 5 emptyenv -P env`,
			outcome{stdout: "\n1:2x=5\n1:x=4\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`envfile vars env`,
			outcome{stdout: "\nA=1\nB=two words\nC=q\tx  \nD=ab\nE=\nF=xy\nHOME=/root\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`envfile novars env`,
			outcome{code: 1, stderr: "envfile: fatal"},
		},
		{
			`envfile env3 env`,
			outcome{code: 111, stderr: "envfile: fatal"},
		},
		{
			`envfile env4 env`,
			outcome{code: 111, stderr: "envfile: fatal"},
		},
		{
			`envfile env5 env`,
			outcome{code: 111, stderr: "envfile: fatal"},
		},
		{
			`envfile env6 env`,
			outcome{code: 111, stderr: "envfile: fatal"},
		},
		{
			`envfile env7 env`,
			outcome{code: 111, stderr: "envfile: fatal"},
		},
		{
			`envfile /nosuch env`,
			outcome{code: 111, stderr: "envfile: fatal"},
		},
		{
			`envfile -I /nosuch ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`envfile -i /nosuch ARGS`,
			outcome{code: 111, stderr: "envfile: fatal"},
		},
		{
			`envfile`,
			outcome{code: 100, stderr: "envfile: usage"},
		},
		{
			`envfile vars`,
			outcome{code: 100, stderr: "envfile: usage"},
		},
		{
			`redirfd -r 0 env5 envfile - env`,
			outcome{code: 111, stderr: "redirfd: fatal"},
		},
		{
			`envfile /tmp ARGS`,
			outcome{code: 111, stderr: "envfile: fatal"},
		},
		{
			`export B "1 2" importas -su A B ARGS $A`,
			outcome{stdout: "<.><1><2>"},
		},
		{
			`export "a=b" c ARGS`,
			outcome{code: 100, stderr: "export: fatal"},
		},
		{
			`export "" c ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`emptyenv -p -o env`,
			outcome{stdout: "\nHOME=/root\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`emptyenv -p export "#" 1 export "#:1" 3 export 0 x export 1 y export 1:1 z export 10 k export EXECLINE_STRICT 1 export ELGETOPT_a 1 export ELGETOPT_a:1 2 export ! 1 export ? 2 export "!:1" 3 export ab 3 export FDx 4 export "#:0" 9 emptyenv -P env`,
			outcome{stdout: "\n!:1=3\n!=N\n#:0=9\n#=3\n1=z\n?=2\nELGETOPT_a:1=2\nELGETOPT_a=1\nEXECLINE_STRICT=1\nFDx=4\nPATH=BIN:/usr/bin:/bin\nab=3"},
		},
		{
			`emptyenv -p export "#" 1 export "#:1" 3 export 0 x export 1 y export 1:1 z export 10 k export ELGETOPT_a 1 export ELGETOPT_a:1 2 export ! 1 emptyenv -o env`,
			outcome{stdout: "\n!=N\n#:1=3\n#=1\n0=x\n10=k\n1:1=z\n1=y\nELGETOPT_a=2\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`emptyenv -p export "#" 1 export "#:1" 3 export 0 x export 1:1 z export ELGETOPT_a 1 export ELGETOPT_a:2 2 export "!:1" 3 emptyenv -oP env`,
			outcome{stdout: "\n!:1=3\n#=3\n1=z\nELGETOPT_a:1=2\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`emptyenv -p export "#" 1 export 1 y export EXECLINE_STRICT 1 export ELGETOPT_a 1 export ! 1 export ? 2 export "!:1" 3 export ab 3 export FD0 4 export FDx 5 export SIGNAL 3 export LASTPID 3 emptyenv -c env`,
			outcome{stdout: "\n!:1=3\nLASTPID=3\nPATH=BIN:/usr/bin:/bin\nSIGNAL=3\nab=3"},
		},
		{
			`emptyenv ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`emptyenv define PATH x ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`export PATH /nosuch ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`export PATH /nosuch env`,
			outcome{stdout: "\nHOME=/root\nPATH=/nosuch"},
		},
		{
			`unexport PATH ARGS x`,
			outcome{stdout: "<.><x>"},
		},
	})
}
