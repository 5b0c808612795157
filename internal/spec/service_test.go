package spec

import (
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// plainService is what a service is that says its command only.
func plainService(command ...Text) Service {
	return Service{
		Kind: KindService, Command: command, Failure: FailedIgnore,
		Retry:   Retry{0, Duration(time.Second)},
		Restart: Restart{Policy: RestartAlways, HoldMax: Duration(time.Minute), Stable: Duration(time.Minute)},
		Stop:    Stop{"TERM", 0, true},
	}
}

// with changes a service.
func with(s Service, change func(*Service)) Service {
	change(&s)
	return s
}

// plainLog is what a log is that says one directory only.
func plainLog(dir string) *Log {
	return &Log{Dir: dir, Size: 1_000_000, Keep: 10, Stamp: StampSeconds, Compress: CompressNone, Flood: Flood{FloodPass, 1000}}
}

// plainReady is what ready is beside its question.
func plainReady() Ready { return Ready{Timeout: Duration(time.Minute), OnTimeout: TimeoutFail} }

// plainHealth is what health is beside its question.
func plainHealth() Health {
	return Health{Period: Duration(30 * time.Second), Timeout: Duration(5 * time.Second), Threshold: 3, Action: HealthRestart}
}

// services is what testdata/good/agent.yaml says of its services.
func services() map[string]Service {
	minus, plus, yes := -5, 500, true
	return map[string]Service{
		"gateway": with(plainService("agent", "gateway", "run", "--replace"), func(s *Service) {
			s.Lease = &yes
			s.PerProfile, s.ProfileArgs = true, []string{"-p", "{profile}"}
			s.UnlessMain, s.Requires, s.After = []string{"dashboard", "serve"}, []string{"prepare"}, []string{"dashboard", "keeper"}
			s.Env = map[string]Text{"AGENT_SUPERVISED": "1"}
			s.Restart.FinalCodes, s.Restart.AtOnceCodes = []int{0, 78}, []int{75}
			s.Port = &Port{"API_SERVER_PORT", "profile", []int{9200, 9799}, "default"}
			s.Ready = &Ready{File: "gateway.ready", Timeout: Duration(90 * time.Second), OnTimeout: TimeoutGoOn}
			s.Stop.Timeout = Duration(90 * time.Second)
			s.Log = plainLog("logs/gateways/{profile}")
			s.Log.Rotate = []string{"logs/*.log"}
		}),
		"dashboard": with(plainService("agent", "dashboard", "--host", "${AGENT_HOST:-127.0.0.1}", "--port", "${AGENT_PORT:-9119}"), func(s *Service) {
			s.Enabled = "${AGENT_DASHBOARD}"
			s.Restart = Restart{RestartOnFailure, []int{0, 78}, nil, Duration(30 * time.Second), Duration(2 * time.Minute), 12}
			r := plainReady()
			r.TCP = "${AGENT_PORT:-9119}"
			s.Ready = &r
			s.Health = &Health{
				HTTP: "http://127.0.0.1:${AGENT_PORT:-9119}/health", Period: Duration(time.Minute), Timeout: Duration(10 * time.Second),
				Threshold: 5, Action: HealthReport,
			}
			s.Reload = &Reload{Signal: "HUP"}
			s.Log = &Log{Dir: "logs/dashboard", Size: 512 << 10, Stamp: StampMillis, Compress: CompressZstd, Flood: Flood{FloodSample, 50}}
		}),
		"cache": with(plainService("cache-server"), func(s *Service) {
			s.IfUnset, s.Failure = []string{"AGENT_CACHE_URL"}, FailedEnd
			r, h := plainReady(), plainHealth()
			r.Exec, h.Exec = []Text{"cache-cli", "ping"}, []Text{"cache-cli", "ping"}
			s.Ready, s.Health = &r, &h
			s.Reload = &Reload{Command: []Text{"cache-cli", "reload", "${AGENT_PORT:-9119}"}}
			s.Stop = Stop{Signal: "INT"}
			s.Limits = Limits{
				User: "cache:1234", Umask: Mode{0o27, true}, NoNewPrivs: true, Capabilities: []string{"NET_BIND_SERVICE", "CHOWN"},
				Nice: &minus, OOMScoreAdj: &plus,
				NoFile: Rlimit{1024, 4096, true}, NProc: Rlimit{64, 64, true}, Core: Rlimit{0, 0, true},
				MemLock: Rlimit{64 << 20, 64 << 20, true}, Stack: Rlimit{8 << 20, Unlimited, true}, Data: Rlimit{1e9, 1e9, true},
				AS: Rlimit{Unlimited, Unlimited, true}, FSize: Rlimit{1 << 30, 1 << 30, true}, MsgQueue: Rlimit{800_000, 800_000, true},
				SigPending: Rlimit{100, 100, true}, RTPrio: Rlimit{0, 0, true}, CPU: Rlimit{3600, 3600, true},
			}
		}),
		"keeper": with(plainService("keeper"), func(s *Service) {
			r, h := plainReady(), plainHealth()
			r.Notify, h.TCP = true, "[::1]:70"
			s.Ready, s.Health, s.Limits.Capabilities = &r, &h, []string{}
		}),
		"old": with(plainService("old"), func(s *Service) {
			r := plainReady()
			r.FD = 3
			s.Ready, s.Log = &r, plainLog("")
		}),
		"older": with(plainService("older"), func(s *Service) {
			r := plainReady()
			r.Log = `listening on \d+`
			s.Ready, s.Restart.Policy = &r, RestartNever
		}),
		"oldest": with(plainService("oldest"), func(s *Service) {
			r := plainReady()
			r.HTTP = "http://localhost/ready"
			s.Ready = &r
		}),
		"prepare": with(plainService("agent", "prepare"), func(s *Service) {
			s.Kind, s.Requires, s.Retry, s.Failure = KindTask, []string{"cache"}, Retry{3, Duration(5 * time.Second)}, FailedEnd
			s.Restart.FinalCodes = []int{3}
		}),
		"sweep": with(plainService("agent", "sweep"), func(s *Service) {
			s.Kind, s.IfSet, s.Schedule = KindTask, []string{"AGENT_SWEEP"}, &Schedule{Every: Duration(6 * time.Hour)}
		}),
		"backup": with(plainService("agent", "backup"), func(s *Service) {
			s.Kind, s.PerProfile, s.Schedule = KindTask, true, &Schedule{Cron: "30 4 * * mon-fri"}
		}),
	}
}

// TestTheGoodSpecSaysEveryKey keeps the golden spec from lagging behind the language.
func TestTheGoodSpecSaysEveryKey(t *testing.T) {
	data, err := os.ReadFile("testdata/good/agent.yaml")
	if err != nil {
		t.Fatal(err)
	}
	root, _, complaints := parse(&source{name: "agent.yaml", text: string(data)}, &budget{MaxSize, maxMarks})
	if complaints != nil {
		t.Fatal(said(complaints))
	}
	said := map[string]bool{}
	var walk func(n *node, typ reflect.Type, where string)
	walk = func(n *node, typ reflect.Type, where string) {
		for i, k := range n.keys {
			f, _ := fieldOf(typ, k.text)
			said[join(where, k.text)] = true
			e := element(f.Type)
			switch value := n.items[i]; {
			case !isStruct(e):
			case f.Type.Kind() == reflect.Slice || f.Type.Kind() == reflect.Map:
				for _, item := range value.items {
					walk(item, e, join(where, k.text)+suffix(f.Type))
				}
			default:
				walk(value, e, join(where, k.text))
			}
		}
	}
	walk(root, reflect.TypeFor[Spec](), "")
	eachField(reflect.TypeFor[Spec](), "", func(_ reflect.StructField, where string) {
		elsewhere := []string{"extends", "migrate.run", "migrate.run-timeout", "migrate.latest", "volume.own.schedule.cron"} // another kind of migration
		if !said[where] && !slices.Contains(elsewhere, where) {
			t.Errorf("%s isn't said", where)
		}
	})
}

func TestDefaultsOfAService(t *testing.T) {
	for _, c := range []struct {
		about, yaml string
		want        Service
	}{
		{"nothing but a command", "{command: [x]}", plainService("x")},
		{"empty sections are as good as none", "{command: [x], restart: {}, stop: {}, limits: {}}", with(plainService("x"), func(*Service) {})},
		{"one key of a section leaves the others' defaults", "{command: [x], restart: {limit: 3}}", with(plainService("x"), func(s *Service) { s.Restart.Limit = 3 })},
		{"a ready question has a bound and a verdict", "{command: [x], ready: {fd: 4}}", with(plainService("x"), func(s *Service) {
			r := plainReady()
			r.FD = 4
			s.Ready = &r
		})},
		{"a health question has its numbers", "{command: [x], health: {tcp: \"80\"}}", with(plainService("x"), func(s *Service) {
			h := plainHealth()
			h.TCP = "80"
			s.Health = &h
		})},
		{"a log that only rotates files of the app's own", "{command: [x], log: {rotate: [a.log]}}", with(plainService("x"), func(s *Service) {
			s.Log = plainLog("")
			s.Log.Rotate = []string{"a.log"}
		})},
	} {
		t.Run(c.about, func(t *testing.T) {
			s, complaints := one("version: 1\nservices: {web: " + c.yaml + "}\n")
			if complaints != nil {
				t.Fatal(said(complaints))
			}
			if diff := cmp.Diff(c.want, s.Services["web"]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOff(t *testing.T) {
	service := Service{IfSet: []string{"A", "B"}, IfUnset: []string{"C"}, Enabled: "${D:-yes}"}
	for _, c := range []struct{ about, env, want string }{
		{"all hold", "A=0 B=x", ""},
		{"one that must be there isn't", "A=1", "B is not set"},
		{"one that must be there is empty", "A=1 B=", "B is not set"},
		{"one that must not be there is", "A=1 B=1 C=0", "C is set"},
		{"one that must not be there is empty", "A=1 B=1 C=", ""},
		{"the text isn't truthy", "A=1 B=1 D=off", "${D:-yes} is not truthy"},
		{"the text is truthy", "A=1 B=1 D=On", ""},
		{"the first reason is told", "C=1 D=no", "A is not set"},
	} {
		t.Run(c.about, func(t *testing.T) {
			env := map[string]string{}
			for word := range strings.FieldsSeq(c.env) {
				name, value, _ := strings.Cut(word, "=")
				env[name] = value
			}
			got := service.Off(func(name string) (string, bool) { v, ok := env[name]; return v, ok })
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if why := (&Service{}).Off(func(string) (string, bool) { return "", false }); why != "" {
		t.Errorf("a service without switches is off: %s", why)
	}
}

func TestStampDigits(t *testing.T) {
	for stamp, want := range map[Stamp]int{StampSeconds: 0, StampMillis: 3, StampMicros: 6, "": 0} {
		if got := stamp.Digits(); got != want {
			t.Errorf("%q has %d digits, want %d", stamp, got, want)
		}
	}
}

func TestResources(t *testing.T) {
	var l Limits
	if got := l.Resources(); got != nil {
		t.Errorf("nothing was given, but %v", got)
	}
	// Each limit that the language knows is given, under the name of its key.
	v := reflect.ValueOf(&l).Elem()
	want := map[string]Rlimit{}
	for i := range v.NumField() {
		if r, ok := reflect.TypeAssert[*Rlimit](v.Field(i).Addr()); ok {
			*r = Rlimit{uint64(i), uint64(i) + 1, true}
			want[v.Type().Field(i).Tag.Get("yaml")] = *r
		}
	}
	got := map[string]Rlimit{}
	for _, r := range l.Resources() {
		got[r.Name] = r.Limit
	}
	if !maps.Equal(got, want) || len(want) < 12 {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestKeeps(t *testing.T) {
	const chown, netBindService, unknown = 0, 10, 63
	for _, c := range []struct {
		about string
		kept  []string
		want  []uint
	}{
		{"all where nothing is said", nil, []uint{chown, netBindService, unknown}},
		{"none of an empty list", []string{}, nil},
		{"the named ones", []string{"NET_BIND_SERVICE"}, []uint{netBindService}},
	} {
		t.Run(c.about, func(t *testing.T) {
			l := Limits{Capabilities: c.kept}
			var got []uint
			for _, n := range []uint{chown, netBindService, unknown} {
				if l.Keeps(n) {
					got = append(got, n)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("it keeps %v, want %v", got, c.want)
			}
		})
	}
	if names := capabilities(); len(names) != 41 || names[21] != "SYS_ADMIN" || names[40] != "CHECKPOINT_RESTORE" {
		t.Errorf("the names are out of order: %v", names)
	}
}
