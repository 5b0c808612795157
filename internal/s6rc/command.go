package s6rc

import (
	"bytes"
	"errors"
	"path"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/script"
)

// command reads the `up` or `down` of a oneshot: no script, but one command line with execline's rules. What can't be read as one
// spoils the definition it is the up of.
func (r *reader) command(f folder, name string, d *definition) (string, []string) {
	at := join(f.path, name)
	text, ok := r.text(f, name, maxCommand)
	if !ok {
		if d != nil {
			r.spoil(d, at, "make it a regular file", "what %s does can't be read", d.Name)
		}
		return "", nil
	}
	argv, err := script.Parse([]byte(text))
	if err != nil {
		n := note{Complaint: Complaint{Path: at, Text: err.Error()}, about: d, breaks: d != nil}
		if e, ok := errors.AsType[*script.Error](err); ok {
			n.Line, n.Text, n.Hint = e.Line, "it is no command line of execline's: "+e.Cause, e.Hint
		}
		r.say(n)
		return "", nil
	}
	if len(argv) == 0 {
		return "", nil
	}
	if strings.HasPrefix(text, "#!") && f.isScript(text) {
		r.warn(at, "put the script elsewhere, and its path alone into this file", "its #! line has no effect: the file is one command line of execline's, no script")
	}
	r.runs(at, argv[0])
	return text, argv
}

// isScript says whether a first line names something else than execline.
func (f folder) isScript(text string) bool {
	first, _, _ := strings.Cut(text, "\n")
	return !strings.Contains(first, "execlineb")
}

// searchPath is where s6-overlay looks for programs; what else PATH has comes behind it.
const searchPath = "/command:/usr/bin:/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin"

// runs complains of the first word of a command line if it is no program. What comes behind other words of a chain is theirs.
func (r *reader) runs(at, name string) {
	if r.interpreters == nil || strings.ContainsRune(name, '$') || r.known != nil && r.known(path.Base(name)) {
		return
	}
	if strings.HasPrefix(name, " ") {
		r.warn(at, "put a command in front of the block", "it begins with a block and not with a command")
		return
	}
	if !strings.Contains(name, "/") {
		for dir := range strings.SplitSeq(searchPath, ":") {
			if in, err := r.tree.look(dir + "/" + name); err == nil && in.Kind == fsx.Regular {
				return
			}
		}
		hint := "write the whole path of a program"
		if best := guess(name, commands()); best != "" {
			hint = "did you mean " + best + "?"
		}
		r.warn(at, hint, "there is no command %s", quote(name))
		return
	}
	if !path.IsAbs(name) {
		r.warn(at, "write the whole path of the program", "%s is no absolute path, and where it is looked for isn't certain", quote(name))
		return
	}
	switch head, in, err := r.headOf(name); {
	case absent(err):
		r.warn(at, "is it in the image? ls -l "+name, "there is no program %s", quote(name))
	case err == nil && in.Perm&0o111 == 0:
		r.warn(at, "chmod +x "+name, "%s is not executable", quote(name))
	case err == nil && (bytes.HasPrefix(head, []byte(bom)) || bytes.HasPrefix(head, []byte("#!"))):
		// A script that the command line starts is not ours to copy: what it is called by and where it lies may matter to it.
		first, _, _ := bytes.Cut(head, []byte("\n"))
		if bytes.HasPrefix(head, []byte(bom)) {
			r.warn(name, "save it without one: sed -i '1s/^\\xEF\\xBB\\xBF//' "+name, "it starts with a byte order mark, so that the kernel finds no interpreter; %s starts it", at)
		} else if bytes.HasSuffix(first, []byte("\r")) {
			r.warn(name, "save it with the line ends of Unix: sed -i 's/\\r$//' "+name,
				"its first line ends with a carriage return: the kernel will not find the interpreter, and say that the script isn't there; %s starts it", at)
		}
	}
}

// headOf reads the beginning of a file by its path.
func (r *reader) headOf(file string) ([]byte, fsx.Info, error) {
	f, err := r.tree.open(path.Dir(file))
	if err != nil {
		return nil, fsx.Info{}, err
	}
	defer f.close()
	return f.head(path.Base(file), maxFirstLine)
}

// commands are the programs that command lines of images begin with, to guess from.
func commands() []string {
	return []string{
		"backtick", "background", "cd", "define", "echo", "emptyenv", "execlineb", "exec", "exit", "export", "fdmove", "foreground", "forx",
		"heredoc", "if", "ifelse", "ifte", "ifthenelse", "importas", "loopwhilex", "multisubstitute", "pipeline", "printcontenv", "redirfd",
		"s6-chmod", "s6-chown", "s6-echo", "s6-envdir", "s6-envuidgid", "s6-ln", "s6-mkdir", "s6-rc", "s6-rmrf", "s6-setuidgid", "s6-sleep",
		"s6-svc", "s6-svwait", "s6-test", "sh", "bash", "test", "touch", "true", "umask", "unexport", "wait", "with-contenv", "withstdinas",
	}
}
