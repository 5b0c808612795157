package execline

import (
	"errors"
	"fmt"

	"github.com/berth-init/berth/internal/chain"
)

// eltest says by its code whether an expression is true.
func eltest(c *chain.Call) int {
	p := testParser{call: c, words: c.Args}
	if len(p.words) == 0 {
		return 1
	}
	e, err := p.either(0)
	if err == nil && p.at < len(p.words) {
		err = fmt.Errorf("argument %d, %q, is one too many", p.at+1, p.words[p.at])
	}
	if err != nil {
		c.Fail(chain.Usage, "unable to read the expression: %s", err)
		c.Hint(`a \ before a word has it taken for text, whatever it looks like`)
		return chain.Usage
	}
	is, err := e()
	if err != nil {
		if errors.Is(err, errNumber) {
			return c.Fail(chain.Usage, "%s", err)
		}
		return c.Fail(chain.System, "%s", chain.Reason(err))
	}
	if is {
		return 0
	}
	return 1
}

// An expression is what is asked for; what decides nothing is not asked for at all.
type expression func() (bool, error)

// A testParser reads the words of an expression.
type testParser struct {
	call  *chain.Call
	words []string
	at    int
}

// next says whether the next word is one of signs.
func (p *testParser) next(sign string) bool { return p.at < len(p.words) && p.words[p.at] == sign }

// take reads a sign.
func (p *testParser) take(sign string) bool {
	if p.next(sign) {
		p.at++
		return true
	}
	return false
}

// text reads a word that is no sign.
func (p *testParser) text() (string, error) {
	if p.at >= len(p.words) {
		return "", errors.New("it ends too early")
	}
	w := p.words[p.at]
	if isSign(w) {
		return "", fmt.Errorf("argument %d, %q, is an operator where text is wanted", p.at+1, w)
	}
	p.at++
	if w != "" && w[0] == '\\' {
		w = w[1:]
	}
	return w, nil
}

// either reads alternatives.
func (p *testParser) either(nested int) (expression, error) {
	left, err := p.both(nested)
	for err == nil && p.take("-o") {
		var right expression
		if right, err = p.both(nested); err == nil {
			left = joined(left, right, true)
		}
	}
	return left, err
}

// both reads what all has to be true.
func (p *testParser) both(nested int) (expression, error) {
	left, err := p.one(nested)
	for err == nil && p.take("-a") {
		var right expression
		if right, err = p.one(nested); err == nil {
			left = joined(left, right, false)
		}
	}
	return left, err
}

// joined asks the second only if the first doesn't decide.
func joined(left, right expression, decides bool) expression {
	return func() (bool, error) {
		if is, err := left(); err != nil || is == decides {
			return is, err
		}
		return right()
	}
}

// one reads a single question.
func (p *testParser) one(nested int) (expression, error) {
	if nested > mostNested {
		return nil, errors.New("it is nested too deep")
	}
	if p.take("!") {
		inner, err := p.one(nested + 1)
		return func() (bool, error) { is, err := inner(); return !is, err }, err
	}
	if p.take("(") {
		inner, err := p.either(nested + 1)
		if err == nil && !p.take(")") {
			err = errors.New("a ( is never closed")
		}
		return inner, err
	}
	if p.at < len(p.words) && unary(p.words[p.at]) {
		sign := p.words[p.at]
		p.at++
		operand, err := p.text()
		return func() (bool, error) { return p.askOne(sign, operand) }, err
	}
	left, err := p.text()
	if err != nil || p.at >= len(p.words) || !binary(p.words[p.at]) {
		return func() (bool, error) { return left != "", nil }, err
	}
	sign := p.words[p.at]
	p.at++
	right, err := p.text()
	return func() (bool, error) { return p.askTwo(left, sign, right) }, err
}

// isSign says whether a word is no text.
func isSign(w string) bool {
	switch w {
	case "-a", "-o", "!", "(", ")":
		return true
	}
	return unary(w) || binary(w)
}

func unary(w string) bool {
	switch w {
	case "-e", "-f", "-d", "-b", "-c", "-p", "-h", "-L", "-S", "-r", "-w", "-x", "-s", "-t", "-u", "-g", "-k", "-O", "-U", "-G", "-N",
		"-n", "-z", "-v":
		return true
	}
	return false
}

func binary(w string) bool {
	switch w {
	case "=", "!=", "<", "<=", ">", ">=", "=~", "-eq", "-ne", "-gt", "-ge", "-lt", "-le", "-nt", "-ot", "-ef":
		return true
	}
	return false
}
