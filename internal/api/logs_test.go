package api

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

// logsFunc is a log of one's own making.
type logsFunc func(context.Context, LogsQuery, func(...LogLine) error) error

func (f logsFunc) Logs(ctx context.Context, q LogsQuery, emit func(...LogLine) error) error {
	return f(ctx, q, emit)
}

func TestLinesArriveAsTheyWereSaid(t *testing.T) {
	r := newRig(t)
	said := [][]byte{[]byte("plain"), {}, []byte("ünï"), {0xff, 0xfe, 0, 10}, []byte("\x1b[31mred"), []byte("<&>\u2028"), []byte(`{"error":"no error"}`)}
	at := time.Date(2026, 11, 25, 19, 0, 0, 123456789, time.UTC)
	r.server.o.Logs = logsFunc(func(_ context.Context, _ LogsQuery, emit func(...LogLine) error) error {
		for _, s := range said {
			if err := emit(NewLogLine("web", at, s)); err != nil {
				return err
			}
		}
		return nil
	})
	var heard [][]byte
	if err := r.client.Logs(t.Context(), LogsQuery{}, func(l LogLine) error {
		if l.Slot != "web" || !l.Time.Equal(at) {
			t.Errorf("%+v", l)
		}
		heard = append(heard, l.Line())
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(said, heard, func(a, b []byte) bool { return string(a) == string(b) }) {
		t.Errorf("heard %q", heard)
	}
}

func TestAQuestionForLogsArrivesWhole(t *testing.T) {
	r := newRig(t)
	var got LogsQuery
	r.server.o.Logs = logsFunc(func(_ context.Context, q LogsQuery, _ func(...LogLine) error) error { got = q; return nil })
	want := LogsQuery{Slots: []string{"db", "web"}, Lines: 10, Since: time.Unix(5, 7).UTC(), Follow: true}
	ask := want
	ask.Slots = []string{"web", "db", "web"}
	if err := r.client.Logs(t.Context(), ask, nil); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Slots, want.Slots) || got.Lines != 10 || !got.Since.Equal(want.Since) || !got.Follow {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// What fails behind the first line is still told, with its code and hint.
func TestAFailureBehindTheFirstLine(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct {
		name  string
		lines int
		err   error
		code  Code
	}{
		{"before any line", 0, Errorf(UnknownSlot, "did you mean web?", "read the log of %q: no such slot", "webb"), UnknownSlot},
		{"after a line", 1, Errorf(Conflict, "wait", "read the log of web: it is being rotated"), Conflict},
		{"anything else after a line", 1, errors.New("read the log of web: input/output error"), Failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			r.server.o.Logs = logsFunc(func(_ context.Context, _ LogsQuery, emit func(...LogLine) error) error {
				for range c.lines {
					if err := emit(NewLogLine("web", time.Time{}, []byte("a line"))); err != nil {
						return err
					}
				}
				return c.err
			})
			lines := 0
			err := r.client.Logs(t.Context(), LogsQuery{}, func(LogLine) error { lines++; return nil })
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Code != c.code || e.Text != c.err.Error() || lines != c.lines {
				t.Errorf("%d lines, then %v", lines, err)
			}
		})
	}
}

// A panic behind the first line must not read as an end.
func TestAPanicBehindTheFirstLine(t *testing.T) {
	r := newRig(t)
	r.server.o.Logs = logsFunc(func(_ context.Context, _ LogsQuery, emit func(...LogLine) error) error {
		if err := emit(NewLogLine("web", time.Time{}, []byte("a line"))); err != nil {
			return err
		}
		panic("torn")
	})
	if err := r.client.Logs(t.Context(), LogsQuery{}, func(LogLine) error { return nil }); HintFor(err) == "" {
		t.Errorf("heard %v", err)
	}
}

func TestAReaderOfLogsWhoWentEndsTheReading(t *testing.T) {
	r := newRig(t)
	ended := make(chan error, 1)
	r.server.o.Logs = logsFunc(func(ctx context.Context, _ LogsQuery, emit func(...LogLine) error) error {
		err := emit(NewLogLine("web", time.Time{}, []byte("a line")))
		<-ctx.Done()
		ended <- ctx.Err()
		return err
	})
	enough := errors.New("enough")
	if err := r.client.Logs(t.Context(), LogsQuery{Follow: true}, func(LogLine) error { return enough }); !errors.Is(err, enough) {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("it reads on")
	}
}
