package execline

import "github.com/berth-init/berth/internal/chain"

// Find gives the word that a name is, or nil.
func Find(name string) chain.Word {
	switch name {
	case "background":
		return background
	case "backtick":
		return backtick
	case "case":
		return caseOf
	case "cd", "execline-cd":
		return cd
	case "define":
		return define
	case "dollarat":
		return dollarat
	case "elgetopt":
		return elgetopt
	case "elgetpositionals":
		return elgetpositionals
	case "elglob":
		return elglob
	case "eltest":
		return eltest
	case "emptyenv":
		return emptyenv
	case "envfile":
		return envfile
	case "exec":
		return execWord
	case "execlineb":
		return execlineb
	case "execline-startup":
		return startup
	case "exit":
		return exit
	case "export":
		return export
	case "export-array":
		return exportArray
	case "fdblock":
		return fdblock
	case "fdclose":
		return fdclose
	case "fdmove":
		return fdmove
	case "fdreserve":
		return fdreserve
	case "fdswap":
		return fdswap
	}
	return findMore(name)
}

// findMore is the second half of Find.
func findMore(name string) chain.Word {
	switch name {
	case "forbacktickx":
		return forbacktickx
	case "foreground":
		return foreground
	case "forstdin":
		return forstdin
	case "forx":
		return forx
	case "getcwd":
		return getcwd
	case "getpid":
		return getpid
	case "heredoc":
		return heredoc
	case "homeof":
		return homeof
	case "if":
		return ifWord
	case "ifelse":
		return ifelse
	case "ifte":
		return ifte
	case "ifthenelse":
		return ifthenelse
	case "importas":
		return importas
	case "loopwhilex":
		return loopwhilex
	case "multidefine":
		return multidefine
	case "multisubstitute":
		return multisubstitute
	case "pipeline":
		return pipeline
	case "piperw":
		return piperw
	case "posix-cd":
		return posixCd
	case "posix-umask":
		return posixUmask
	case "redirfd":
		return redirfd
	case "runblock":
		return runblock
	case "shift":
		return shift
	case "trap":
		return trap
	case "tryexec":
		return tryexec
	case "umask", "execline-umask":
		return umask
	case "unexport":
		return unexport
	case "wait":
		return wait
	case "withstdinas":
		return withstdinas
	}
	return nil
}

// harmless says whether a word touches nothing but its own words, its environment and what it prints, so that it can be
// called on behalf of a child without one.
func harmless(name string) bool {
	switch name {
	case "backtick", "foreground", "forx", "if", "ifelse", "ifte", "ifthenelse", "loopwhilex":
		return true
	}
	return quiet(name)
}

// quiet says whether a harmless word starts nothing either.
func quiet(name string) bool {
	switch name {
	case "case", "define", "dollarat", "elgetopt", "elgetpositionals", "elglob", "eltest", "emptyenv", "envfile", "exec", "exit",
		"export", "export-array", "getcwd", "homeof", "importas", "multidefine", "multisubstitute", "runblock", "shift", "tryexec",
		"unexport":
		return true
	}
	return false
}
