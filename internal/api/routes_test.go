package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// A question and what must come back to root.
type asked struct {
	name, method, path, body string
	status                   int
	says                     string // in the answer
}

func everyRoute() []asked {
	return []asked{
		{"Version", "GET", "/v1/version", "", 200, `"version":"test","pid":1`},
		{"Status", "GET", "/v1/status", "", 200, `{"services":[{"name":"db","state":"up","desired":"up","pid":7,"since":"1970-01-01T00:00:01Z","restarts":0,"last_exit":null,"ready":false,"healthy":null,"hold_until":null,"verdict":"","why":""},`},
		{"Status", "GET", "/v1/status?slot=web&slot=web", "", 200, `{"services":[{"name":"web"`},
		{"Status", "GET", "/v1/status?slot=webb", "", 404, `"hint":"did you mean web?","code":"unknown_slot"`},
		{"Status", "GET", "/v1/status?slots=web", "", 400, `"code":"usage"`},
		{"Status", "GET", "/v1/status?slot=..", "", 400, `"code":"usage"`},
		{"Status", "GET", "/v1/status?slot=%zz", "", 400, `"code":"usage"`},
		{"Ready", "GET", "/v1/ready", "", 200, `{"ready":true,"reasons":[]}`},
		{"Start", "POST", "/v1/start", `{"slots":["web","db","web"]}`, 200, `{"services":[{"name":"db"`},
		{"Stop", "POST", "/v1/stop", `{"slots":["web"],"wait":true,"timeout_ms":5000}`, 200, `{"services":[{"name":"web"`},
		{"Restart", "POST", "/v1/restart", `{"slots":["web"],"wait":true}`, 200, `{"services":[{"name":"web"`},
		{"Reload", "POST", "/v1/reload", `{"slots":["web"]}`, 200, `{"services":[{"name":"web"`},
		{"Reload", "POST", "/v1/reload", `{"slots":[]}`, 400, `reload: no slot is named`},
		{"Reload", "POST", "/v1/reload", `{"slots":["web"],"timeout_ms":-1}`, 400, `timeout_ms is out of range`},
		{"Reload", "POST", "/v1/reload", `{"slots":["web"],"timeout_ms":86400001}`, 400, `timeout_ms is out of range`},
		{"Reload", "POST", "/v1/reload", `{"slots":["web"],"wiat":true}`, 400, `unknown field`},
		{"Reload", "POST", "/v1/reload", `{"slots":["a b"]}`, 400, `can't be one`},
		{"Reload", "POST", "/v1/reload", `{"slots":["web"]} {}`, 400, `something stands behind the value`},
		{"Reload", "POST", "/v1/reload", `{"slots":`, 400, `"code":"usage"`},
		{"Reload", "POST", "/v1/reload?wait=1", `{"slots":["web"]}`, 400, `a POST has no query`},
		{"Reload", "GET", "/v1/reload", "", 405, `"code":"no_method"`},
		{"Events", "GET", "/v1/events", "", 200, `{"seq":1,`},
		{"Events", "GET", "/v1/events?after=x", "", 400, `the value of after`},
		{"Events", "GET", "/v1/events?after=1&after=2", "", 400, `the value of after`},
		{"Logs", "GET", "/v1/logs?slot=web&lines=10&since=2026-01-01T00:00:00Z", "", 200, `"text":"hello web"`},
		{"Logs", "GET", "/v1/logs?lines=-1", "", 400, `lines is out of range`},
		{"Logs", "GET", "/v1/logs?slot=unlogged", "", 404, `did you mean secret?`},
		{"Heal", "POST", "/v1/heal", `{"full":true}`, 200, `{"looked":2,"total":2,"at_most":false,"rate":0,"done":{"looked":2,"changed":1,"seconds":0,"steps":[{"target":"skills/x",`},
		{"Heal", "POST", "/v1/heal", `{}`, 200, `{"looked":1,"total":2,"at_most":false,"rate":3,"done":null}`},
		{"Heal", "POST", "/v1/heal", `{"slots":["web"]}`, 400, `"code":"usage"`},
		{"Heal", "GET", "/v1/heal", "", 405, `"code":"no_method"`},
		{"Profiles", "GET", "/v1/profiles", "", 200, `{"profiles":[{"name":"default","slots":["gateway-default"]}]}`},
		{"Register", "POST", "/v1/profiles/register", `{"name":"coder"}`, 200, `{"name":"coder","slots":["gateway-coder"]}`},
		{"Register", "POST", "/v1/profiles/register", `{"name":"there"}`, 409, `"code":"conflict"`},
		{"Register", "POST", "/v1/profiles/register", `{"name":"../x"}`, 400, `"code":"usage"`},
		{"Register", "POST", "/v1/profiles/register", `{"name":""}`, 400, `"code":"usage"`},
		{"Register", "POST", "/v1/profiles/register", `{"name":".hidden"}`, 400, `"code":"usage"`},
		{"Unregister", "POST", "/v1/profiles/unregister", `{"name":"coder"}`, 200, `{}`},
		{"Unregister", "POST", "/v1/profiles/unregister", `{"name":"none"}`, 404, `"code":"unknown_profile"`},
	}
}

func TestEveryRoute(t *testing.T) {
	r := newRig(t)
	r.ring.Add(Event{Seq: 1, Slot: "web", From: "down", To: "starting"})
	seen := map[string]bool{}
	for _, q := range everyRoute() {
		seen[q.name] = seen[q.name] || q.status == 200
		t.Run(q.method+" "+q.path+" "+q.body, func(t *testing.T) {
			status, head, body := r.raw(t, question(q.method, q.path, q.body))
			if status != q.status || !strings.Contains(body, q.says) {
				t.Errorf("status %d, %s\nwant %d, %s", status, body, q.status, q.says)
			}
			if status != 200 {
				wellFormed(t, body)
			}
			if head.Get("Cache-Control") != "no-store" || head.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("head %v", head)
			}
		})
	}
	for _, r := range Routes() {
		if !seen[r.Name] {
			t.Errorf("no question reaches %s", r.Name)
		}
	}
}

// wellFormed holds a refusal to its form.
func wellFormed(t testing.TB, body string) Error {
	t.Helper()
	var e Error
	if err := json.Unmarshal([]byte(body), &e); err != nil || e.Text == "" || e.Code == "" {
		t.Errorf("no error of ours: %q", body)
	}
	return e
}

// A verb keeps its name through the table, the server and the client.
func TestTheTableIsSound(t *testing.T) {
	names, ways := map[string]bool{}, map[string]bool{}
	client := reflect.TypeFor[*Client]()
	for _, r := range Routes() {
		if names[r.Name] || ways[r.Method+r.Path] {
			t.Errorf("%s stands there twice", r.Name)
		}
		names[r.Name], ways[r.Method+r.Path] = true, true
		if _, ok := client.MethodByName(r.Name); !ok {
			t.Errorf("the client has no %s", r.Name)
		}
		if !strings.HasSuffix(r.Path, "/"+strings.ToLower(r.Name)) {
			t.Errorf("%s isn't the end of %s", r.Name, r.Path)
		}
		if r.Method == http.MethodPost && r.May != Controllers && r.May != Owners {
			t.Errorf("%s changes something, and %s may", r.Name, r.May)
		}
		if r.May == Controllers && !r.Asks.Implements(reflect.TypeFor[naming]()) {
			t.Errorf("%s names no slots that rights could be held against", r.Name)
		}
		if r.Doc == "" {
			t.Errorf("%s has no line in the documents", r.Name)
		}
		tagged(t, r.Asks)
		tagged(t, r.Tells)
	}
}

// tagged says that each field of a wire type has a name and a line.
func tagged(t *testing.T, of reflect.Type) {
	t.Helper()
	for f := range of.Fields() {
		if f.IsExported() && (f.Tag.Get("doc") == "" || f.Tag.Get("json")+f.Tag.Get("query") == "") {
			t.Errorf("%s.%s has no name on the wire or no line", of.Name(), f.Name)
		}
		if inner := f.Type; inner.Kind() == reflect.Slice && inner.Elem().Kind() == reflect.Struct {
			tagged(t, inner.Elem())
		}
	}
}

func TestWhatIsNoRoute(t *testing.T) {
	r := newRig(t)
	const secret = "sEcReT"
	for _, c := range []struct {
		name, request string
		status        int
		code          Code
	}{
		{"another path", question("GET", "/v1/"+secret, ""), 404, NoRoute},
		{"the top", question("GET", "/", ""), 404, NoRoute},
		{"a slash too many", question("GET", "/v1/status/", ""), 404, NoRoute},
		{"an unclean path, which a mux redirects", question("GET", "//v1/"+secret, ""), 404, NoRoute},
		{"a way up", question("GET", "/"+secret+"/../v1/status", ""), 404, NoRoute},
		{"an encoded way up", question("GET", "/"+secret+"/%2e%2e/v1/status", ""), 404, NoRoute},
		{"an absolute address of another host", question("GET", "http://"+secret+"/v1/status", ""), 403, Foreign},
		{"a tunnel", "CONNECT " + secret + ":80 HTTP/1.1\r\nHost: berth\r\n\r\n", 403, Foreign},
		{"the server's options", question("OPTIONS", "*", ""), 404, NoRoute},
		{"HEAD, which a mux takes for GET", question("HEAD", "/v1/status", ""), 405, NoMethod},
		{"a method nobody knows", question(secret, "/v1/status", ""), 405, NoMethod},
		{"PUT", question("PUT", "/v1/start", `{"slots":["web"]}`), 405, NoMethod},
		{"another host", "GET /v1/status HTTP/1.1\r\nHost: " + secret + "\r\n\r\n", 403, Foreign},
		{"a forwarded port", "GET /v1/status HTTP/1.1\r\nHost: localhost:8080\r\n\r\n", 403, Foreign},
		{"no host", "GET /v1/status HTTP/1.0\r\n\r\n", 403, Foreign},
		{"a web page", "GET /v1/status HTTP/1.1\r\nHost: berth\r\nOrigin: http://" + secret + "\r\n\r\n", 403, Foreign},
		{"a web page's picture", "GET /v1/status HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\n\r\n", 403, Foreign},
		{"a body on a GET", question("GET", "/v1/status", "{}"), 400, Usage},
		{"a form", "POST /v1/start HTTP/1.1\r\nHost: berth\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 2\r\n\r\n{}", 415, NoJSON},
		{"a body of no type", "POST /v1/start HTTP/1.1\r\nHost: berth\r\nContent-Length: 2\r\n\r\n{}", 415, NoJSON},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, head, body := r.raw(t, c.request)
			if status != c.status {
				t.Errorf("status %d, want %d", status, c.status)
			}
			if !strings.HasPrefix(c.request, "HEAD") {
				if e := wellFormed(t, body); e.Code != c.code {
					t.Errorf("code %s, want %s", e.Code, c.code)
				}
			}
			all := body
			for name, values := range head {
				all += name + strings.Join(values, "")
			}
			if strings.Contains(all, secret) {
				t.Errorf("the answer gives back what was sent: %v %s", head, body)
			}
		})
	}
	if got := r.orders(); len(got) > 0 {
		t.Errorf("ordered %v", got)
	}
}

func TestLocalhostIsAHost(t *testing.T) {
	r := newRig(t)
	if status, _, body := r.raw(t, "GET /v1/version HTTP/1.1\r\nHost: localhost\r\n\r\n"); status != 200 {
		t.Errorf("status %d, %s", status, body)
	}
}
