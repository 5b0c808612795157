package s6rc

import (
	"bytes"
	"path"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
)

// maxFirstLine is what the kernel reads of a script to find its interpreter (execve(2), since Linux 5.1).
const maxFirstLine = 256

// program looks at a file that is executed. Not there is no complaint of this function's.
func (r *reader) program(f folder, name string) Program {
	at := join(f.path, name)
	p := Program{Path: at}
	if f.strict && isLink(f, name) { // it is executed by its name; where it leads is the kernel's matter
		p.Executable = true
		return p
	}
	head, in, err := f.head(name, maxFirstLine)
	if err != nil {
		at, why, hint := unreadable(at, 0, err)
		if in, lerr := f.look(name); lerr == nil && in.Kind == fsx.Regular {
			p.Executable = in.Perm&0o111 != 0 // a program need not be readable
			return p
		}
		r.warn(at, hint, "%s", why)
		return p
	}
	if p.Executable = in.Perm&0o111 != 0; !p.Executable {
		r.warn(at, "chmod +x "+at, "it is not executable, so it can't be started (126)")
	}
	r.shebang(&p, head)
	return p
}

// shebang reads a script's first line. The kernel takes a carriage return for a part of the interpreter's name and says "not
// found" of a script that is there; with a byte order mark it finds no interpreter at all.
func (r *reader) shebang(p *Program, head []byte) {
	mark := bytes.HasPrefix(head, []byte(bom))
	first, _, whole := bytes.Cut(bytes.TrimPrefix(head, []byte(bom)), []byte("\n"))
	cr := bytes.HasSuffix(first, []byte("\r")) && (whole || len(head) < maxFirstLine)
	rest, script := bytes.CutPrefix(bytes.TrimSuffix(first, []byte("\r")), []byte("#!"))
	if script {
		interpreter, argument, _ := strings.Cut(strings.Trim(string(rest), " \t"), " ")
		if i, a, ok := strings.Cut(interpreter, "\t"); ok {
			interpreter, argument = i, a+" "+argument
		}
		p.Shebang = []string{interpreter}
		if argument = strings.Trim(argument, " \t"); argument != "" {
			p.Shebang = append(p.Shebang, argument)
		}
		if cr {
			p.Dirty = true
			r.warn(p.Path, "save it with the line ends of Unix: sed -i 's/\\r$//' "+p.Path,
				"its first line ends with a carriage return, so that the kernel looks for %q and finds nothing; a copy without carriage returns is run", interpreter+"\r")
		}
		if mark {
			p.Dirty = true
			r.warn(p.Path, "save it without one: sed -i '1s/^\\xEF\\xBB\\xBF//' "+p.Path,
				"it starts with a byte order mark, so that the kernel finds no interpreter; a copy without it is run")
		}
		r.interpreter(p, interpreter)
		return
	}
	if len(head) == 0 {
		r.warn(p.Path, "write a script with a first line like #!/bin/sh", "it is empty, and can't be executed")
	} else if !bytes.HasPrefix(head, []byte("\x7fELF")) {
		r.warn(p.Path, "begin it with a line like #!/bin/sh", "it has no #! line, and the kernel can't tell what runs it")
	}
}

// interpreter looks whether a script's interpreter is there.
func (r *reader) interpreter(p *Program, name string) {
	if r.interpreters == nil || r.known != nil && r.known(path.Base(name)) {
		return
	}
	err, seen := r.interpreters[name]
	if !seen {
		if !path.IsAbs(name) {
			err = fsx.ErrName
		} else {
			_, err = r.tree.look(name)
		}
		r.interpreters[name] = err
	}
	switch {
	case err == nil:
	case name == "":
		r.warn(p.Path, "name an interpreter: #!/bin/sh", "its #! line names no interpreter")
	case !path.IsAbs(name):
		r.warn(p.Path, "name it with its whole path, or by #!/usr/bin/env "+path.Base(name), "its interpreter %s is no absolute path", quote(name))
	case absent(err):
		r.warn(p.Path, "is it in the image? ls -l "+name, "its interpreter %s isn't there", quote(name))
	}
}

func isLink(f folder, name string) bool {
	in, err := f.dir.Peek(name)
	return err == nil && in.Kind == fsx.Symlink
}
