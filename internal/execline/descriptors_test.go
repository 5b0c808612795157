package execline

import "testing"

func TestDescriptorsBesideTheRealOnes(t *testing.T) {
	beside(t, []recorded{
		{
			`fdclose`,
			outcome{code: 100, stderr: "fdclose: usage"},
		},
		{
			`fdmove 5 6 ARGS`,
			outcome{code: 111, stderr: "fdmove: fatal"},
		},
		{
			`fdmove -c 5 6 ARGS`,
			outcome{code: 111, stderr: "fdmove: fatal"},
		},
		{
			`fdmove 5 5 ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`fdmove -c 3 1 sh -c "echo hi >&3"`,
			outcome{stdout: "hi\n"},
		},
		{
			`fdmove 3 1 fdmove 1 3 ARGS x`,
			outcome{stdout: "<.><x>"},
		},
		{
			`fdswap 1 7 ARGS x`,
			outcome{code: 111, stderr: "fdswap: fatal"},
		},
		{
			`fdswap 8 7 ARGS x`,
			outcome{code: 111, stderr: "fdswap: fatal"},
		},
		{
			`fdswap 1 1 ARGS x`,
			outcome{stdout: "<.><x>"},
		},
		{
			`fdblock 0 ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`fdblock -n 0 ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`fdblock 9 ARGS`,
			outcome{code: 111, stderr: "fdblock: fatal"},
		},
		{
			`fdreserve 2 sh -c "echo $FD0 $FD1"`,
			outcome{stdout: "3 4\n"},
		},
		{
			`fdreserve 0 sh -c "echo x$FD0 $FD1"`,
			outcome{stdout: "x\n"},
		},
		{
			`fdreserve 1000000 sh -c "echo x$FD0 $FD1"`,
			outcome{code: 100, stderr: "fdreserve: fatal"},
		},
		{
			`fdreserve`,
			outcome{code: 100, stderr: "fdreserve: usage"},
		},
		{
			`fdreserve x ARGS`,
			outcome{code: 100, stderr: "fdreserve: usage"},
		},
		{
			`piperw 5 6 sh -c "echo hi >&6; exec 6>&-; cat <&5"`,
			outcome{stdout: "hi\n"},
		},
		{
			`piperw 5 5 ARGS`,
			outcome{code: 100, stderr: "piperw: usage"},
		},
		{
			`piperw 0 1 ARGS`,
			outcome{},
		},
		{
			`piperw`,
			outcome{code: 100, stderr: "piperw: usage"},
		},
		{
			`redirfd -r 0 a.txt cat`,
			outcome{stdout: "a\n"},
		},
		{
			`redirfd -r 0 /nosuch cat`,
			outcome{code: 111, stderr: "redirfd: fatal"},
		},
		{
			`redirfd -w 1 out ARGS hello`,
			outcome{files: "/out -rw-r--r-- \"<.><hello>\""},
		},
		{
			`redirfd -r 0 out cat`,
			outcome{code: 111, stderr: "redirfd: fatal"},
		},
		{
			`redirfd -a 1 out ARGS hello`,
			outcome{files: "/out -rw-r--r-- \"<.><hello>\""},
		},
		{
			`redirfd -x 1 out ARGS hello`,
			outcome{files: "/out -rw-r--r-- \"<.><hello>\""},
		},
		{
			`redirfd -u 1 out2 ARGS hello`,
			outcome{code: 111, stderr: "redirfd: fatal"},
		},
		{
			`redirfd 0 out cat`,
			outcome{code: 100, stderr: "redirfd: usage"},
		},
		{
			`redirfd -r x out cat`,
			outcome{code: 100, stderr: "redirfd: usage"},
		},
		{
			`redirfd -r 5 out sh -c "cat <&5"`,
			outcome{code: 111, stderr: "redirfd: fatal"},
		},
		{
			`heredoc -d 0 "abc" cat`,
			outcome{stdout: "abc"},
		},
		{
			`heredoc 5 "abc" sh -c "cat <&5"`,
			outcome{stdout: "abc"},
		},
		{
			`heredoc x "abc" cat`,
			outcome{code: 100, stderr: "heredoc: usage"},
		},
		{
			`heredoc 0`,
			outcome{code: 100, stderr: "heredoc: usage"},
		},
		{
			`heredoc 0 abc`,
			outcome{code: 100, stderr: "heredoc: usage"},
		},
		{
			`fdreserve 1000 true`,
			outcome{},
		},
		{
			`redirfd -w 3 out fdmove -c 1 3 ARGS x`,
			outcome{files: "/out -rw-r--r-- \"<.><x>\""},
		},
		{
			`redirfd -w 4 out foreground { fdmove -c 1 4 ARGS in } fdmove 1 4 ARGS after`,
			outcome{files: "/out -rw-r--r-- \"<.><in><.><after>\""},
		},
		{
			`redirfd -a 9 out redirfd -a 8 out fdswap 8 9 sh -c "echo 8 >&8; echo 9 >&9"`,
			outcome{files: "/out -rw-r--r-- \"8\\n9\\n\""},
		},
		{
			`piperw 3 4 background { fdmove 1 4 ARGS x } fdclose 4 fdmove 0 3 cat`,
			outcome{stdout: "<.><x>"},
		},
		{
			`piperw 4 3 background { fdmove 1 3 ARGS x } fdclose 3 fdmove 0 4 cat`,
			outcome{stdout: "<.><x>"},
		},
		{
			`piperw 3 5 background { fdmove 1 5 ARGS x } fdclose 5 fdmove 0 3 cat`,
			outcome{stdout: "<.><x>"},
		},
		{
			`piperw 6 3 background { fdmove 1 3 ARGS x } fdclose 3 fdmove 0 6 cat`,
			outcome{stdout: "<.><x>"},
		},
		{
			`fdclose 3 fdclose 0 heredoc 0 text cat`,
			outcome{stdout: "text"},
		},
		{
			`fdclose 0 heredoc 3 text fdmove 0 3 cat`,
			outcome{stdout: "text"},
		},
		{
			`heredoc 4 a heredoc 3 b sh -c "cat <&3; cat <&4"`,
			outcome{stdout: "ba"},
		},
		{
			`fdclose 0 pipeline { ARGS a } cat`,
			outcome{stdout: "<.><a>"},
		},
		{
			`redirfd -r 0 a.txt foreground { cat } cat`,
			outcome{stdout: "a\n"},
		},
		{
			`redirfd -w 1 sub ARGS`,
			outcome{code: 111, stderr: "redirfd: fatal"},
		},
		{
			`redirfd -a 1 out ARGS`,
			outcome{files: "/out -rw-r--r-- \"<.>\""},
		},
		{
			`redirfd -x 1 out ARGS`,
			outcome{files: "/out -rw-r--r-- \"<.>\""},
		},
		{
			`redirfd -x 1 a.txt ARGS`,
			outcome{code: 111, stderr: "redirfd: fatal"},
		},
		{
			`redirfd -u 0 a.txt cat`,
			outcome{stdout: "a\n"},
		},
		{
			`redirfd -w 1 out foreground { ARGS 1 } foreground { sh -c "echo 2" } ARGS 3`,
			outcome{files: "/out -rw-r--r-- \"<.><1>2\\n<.><3>\""},
		},
		{
			`foreground { sh -c "mkfifo out.fifo" } redirfd -rnb 0 out.fifo ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`foreground { mkfifo fifo } redirfd -rnb 3 fifo redirfd -w 4 fifo foreground { fdmove 1 4 ARGS x } fdclose 4 fdmove 0 3 cat`,
			outcome{stdout: "<.><x>"},
		},
		{
			`foreground { mkfifo fifo } redirfd -wnb 4 fifo ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`foreground { mkfifo fifo } redirfd -wn 4 fifo ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`fdreserve 2 importas a FD0 importas b FD1 ARGS $a $b`,
			outcome{stdout: "<.><3><4>"},
		},
		{
			`redirfd -r 3 a.txt fdreserve 2 importas a FD0 importas b FD1 ARGS $a $b`,
			outcome{stdout: "<.><4><5>"},
		},
		{
			`redirfd -r 3 a.txt fdclose 3 fdreserve 1 importas a FD0 ARGS $a`,
			outcome{stdout: "<.><3>"},
		},
		{
			`fdmove 10 3 ARGS`,
			outcome{code: 111, stderr: "fdmove: fatal"},
		},
		{
			`fdmove 3 4 ARGS`,
			outcome{code: 111, stderr: "fdmove: fatal"},
		},
		{
			`fdblock 3 ARGS`,
			outcome{code: 111, stderr: "fdblock: fatal"},
		},
		{
			`fdmove -c 2 1 ARGS x`,
			outcome{stdout: "<.><x>"},
		},
		{
			`redirfd -w 2 out nosuch`,
			outcome{code: 127, files: "/out -rw-r--r-- \"redirfd: fatal: unable to exec nosuch: No such file or directory\\n\""},
		},
		{
			`fdclose 2 nosuch`,
			outcome{code: 127},
		},
		{
			`redirfd -w 300 out fdmove 1 300 ARGS x`,
			outcome{files: "/out -rw-r--r-- \"<.><x>\""},
		},
		{
			`heredoc 7 "a b" fdmove 0 7 withstdinas -E A ARGS $A`,
			outcome{stdout: "<.><a b>"},
		},
		{
			`redirfd -w 3 out background { sh -c "echo bg >&3" } wait { } sh -c "echo fg >&3"`,
			outcome{files: "/out -rw-r--r-- \"bg\\nfg\\n\""},
		},
	})
}
