package api

import (
	"encoding/json"
	"strconv"
	"time"
)

// append writes what encoding/json would make of the value, in a fraction of the time: a status of a thousand slots
// is the largest answer, and PID 1 has better things to do.
func (s Status) append(b []byte) []byte {
	b = append(b, `{"services":[`...)
	for i := range s.Services {
		if i > 0 {
			b = append(b, ',')
		}
		b = s.Services[i].append(b)
	}
	return append(b, ']', '}')
}

func (s *Service) append(b []byte) []byte {
	b = appendText(append(b, `{"name":`...), s.Name)
	b = appendText(append(b, `,"state":`...), s.State)
	b = appendText(append(b, `,"desired":`...), s.Desired)
	b = strconv.AppendInt(append(b, `,"pid":`...), int64(s.Pid), 10)
	b = appendTime(append(b, `,"since":`...), &s.Since)
	b = strconv.AppendInt(append(b, `,"restarts":`...), int64(s.Restarts), 10)
	b = append(b, `,"last_exit":`...)
	if s.LastExit == nil {
		b = append(b, "null"...)
	} else {
		b = strconv.AppendInt(append(b, `{"code":`...), int64(s.LastExit.Code), 10)
		b = append(appendText(append(b, `,"signal":`...), s.LastExit.Signal), '}')
	}
	b = strconv.AppendBool(append(b, `,"ready":`...), s.Ready)
	b = append(b, `,"healthy":`...)
	if s.Healthy == nil {
		b = append(b, "null"...)
	} else {
		b = strconv.AppendBool(b, *s.Healthy)
	}
	b = appendTime(append(b, `,"hold_until":`...), s.HoldUntil)
	b = appendText(append(b, `,"verdict":`...), s.Verdict)
	return append(appendText(append(b, `,"why":`...), s.Why), '}')
}

// appendText leaves what needs escaping to encoding/json.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(s) // a string can always be written
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// appendTime writes null for no time, and for one that has no place in RFC 3339.
func appendTime(b []byte, t *time.Time) []byte {
	if t == nil {
		return append(b, "null"...)
	}
	with, err := t.AppendText(append(b, '"'))
	if err != nil {
		return append(b, "null"...)
	}
	return append(with, '"')
}
