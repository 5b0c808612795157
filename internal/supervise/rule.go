package supervise

import (
	"fmt"
	"slices"
	"time"
)

const (
	firstHold   = time.Second
	jitter      = 0.1         // of a hold, either way: what fell together doesn't come back together
	atOnceLived = time.Second // an at-once code of a run that lived less counts like any other
	failingFrom = 5           // short runs in a row
)

// An outcome is what a rule says about the end of a run.
type outcome struct {
	on           trigger // onFinish, onAgain, onHold or onGiveUp
	hold         time.Duration
	why          string
	short, tries int
}

// judgeDaemon says what follows a daemon's run that ended by itself.
func (v *Service) judgeDaemon(exit Exit, lived time.Duration, short int) outcome {
	r, why := &v.Restart, exit.String()
	plain := exit.Signal == 0
	atOnce := plain && slices.Contains(r.AtOnceCodes, exit.Code)
	switch {
	case exit.Final != "":
		return outcome{on: onFinish, why: why + ": " + exit.Final}
	case plain && slices.Contains(r.FinalCodes, exit.Code):
		return outcome{on: onFinish, why: why + ", which is final"}
	case r.Policy == Never && exit.Success(), r.Policy == OnFailure && exit.Success() && !atOnce:
		return outcome{on: onFinish, why: why}
	case r.Policy == Never:
		return outcome{on: onGiveUp, why: why}
	case atOnce && lived >= atOnceLived && lived < r.Stable:
		return outcome{on: onAgain, why: why + " asks for another run", short: short}
	}
	return v.another(why, lived, short)
}

// another says when the next run follows one that was not meant to end.
func (v *Service) another(why string, lived time.Duration, short int) outcome {
	if lived >= v.Restart.Stable {
		return outcome{on: onAgain, why: why}
	}
	short++
	if v.Restart.Limit > 0 && short >= v.Restart.Limit {
		return outcome{on: onGiveUp, why: fmt.Sprintf("%d short runs in a row, the last one: %s", short, why), short: short}
	}
	if d := v.Restart.hold(short); d > 0 {
		return outcome{on: onHold, hold: d, why: why, short: short}
	}
	return outcome{on: onAgain, why: why, short: short}
}

// hold gives the wait after the n-th short run in a row: none, then 1 s, 2 s, 4 s and so on.
func (r *Restart) hold(n int) time.Duration {
	if n < 2 {
		return 0
	}
	return min(firstHold<<min(n-2, 20), r.HoldMax)
}

// jittered moves a hold a little, by a number in [0, 1).
func jittered(d time.Duration, random float64) time.Duration {
	return d + time.Duration(float64(d)*jitter*(2*random-1))
}

// judgeTask says what follows a task's run.
func (v *Service) judgeTask(exit Exit, tries int) outcome {
	if exit.Success() || exit.Signal == 0 && slices.Contains(v.Restart.FinalCodes, exit.Code) {
		return outcome{on: onFinish, why: exit.String()}
	}
	return v.retry(exit.String(), tries)
}

func (v *Service) retry(why string, tries int) outcome {
	tries++
	switch {
	case tries > v.Retry.Count:
		if v.Retry.Count > 0 {
			why = fmt.Sprintf("%d runs failed, the last one: %s", tries, why)
		}
		return outcome{on: onGiveUp, why: why, tries: tries}
	case v.Retry.Delay > 0:
		return outcome{on: onHold, hold: v.Retry.Delay, why: why, tries: tries}
	}
	return outcome{on: onAgain, why: why, tries: tries}
}

// judgeRefusal says what follows a start that came to nothing: a hold in any case, for what can't be executed now can't be
// in the next moment.
func (v *Service) judgeRefusal(err error, short, tries int) outcome {
	why := withHint(err)
	if v.Kind == Task {
		o := v.retry(why, tries)
		if o.on == onAgain {
			o.on, o.hold = onHold, firstHold
		}
		return o
	}
	if v.Restart.Policy == Never {
		return outcome{on: onGiveUp, why: why}
	}
	o := v.another(why, 0, short)
	if o.on == onAgain {
		o.on, o.hold = onHold, min(firstHold, v.Restart.HoldMax)
	}
	return o
}
