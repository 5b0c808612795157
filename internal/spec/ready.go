package spec

// Ready asks whether what waits for a service may start. Exactly one of the questions is there.
type Ready struct {
	TCP       Text      `yaml:"tcp" doc:"a port of the container, or HOST:PORT, that accepts connections" is:"address"`
	HTTP      Text      `yaml:"http" doc:"an address that answers with 200 to 399" is:"url"`
	Exec      []Text    `yaml:"exec" doc:"a program that ends with 0, run with the service's user and environment" is:"command"`
	Log       string    `yaml:"log" doc:"a pattern (RE2) that a line of its output matches somewhere" is:"pattern"`
	File      string    `yaml:"file" doc:"a file that is there; a relative name lies on the volume, of a per-profile service in the profile's directory" is:"file"`
	FD        int       `yaml:"fd" doc:"the descriptor that it writes a line to" min:"3" max:"255"`
	Notify    bool      `yaml:"notify" doc:"true: it says READY=1 on the socket that NOTIFY_SOCKET names, from its own process or its group" default:"false"`
	Timeout   Duration  `yaml:"timeout" doc:"how long that may take" default:"60s"`
	OnTimeout OnTimeout `yaml:"on-timeout" doc:"then: fail: it is stopped and has failed; go-on: it counts as ready, and a line says so" enum:"fail,go-on" default:"fail"`
}

// OnTimeout says what becomes of a service that isn't ready in time.
type OnTimeout string

// What on-timeout may say.
const (
	TimeoutFail OnTimeout = "fail"
	TimeoutGoOn OnTimeout = "go-on"
)

// Health asks a service that is ready whether it is still fine. Exactly one of the questions is there.
type Health struct {
	TCP       Text         `yaml:"tcp" doc:"a port of the container, or HOST:PORT, that accepts connections" is:"address"`
	HTTP      Text         `yaml:"http" doc:"an address that answers with 200 to 399" is:"url"`
	Exec      []Text       `yaml:"exec" doc:"a program that ends with 0, run with the service's user and environment" is:"command"`
	Period    Duration     `yaml:"period" doc:"the time from one question to the next" min:"100ms" max:"24h" default:"30s"`
	Timeout   Duration     `yaml:"timeout" doc:"no answer in this time is a bad one" default:"5s"`
	Threshold int          `yaml:"threshold" doc:"this many bad answers in a row, and it isn't healthy" min:"1" max:"100" default:"3"`
	Action    HealthAction `yaml:"action" doc:"then: restart it, or only report it" enum:"restart,report" default:"restart"`
}

// HealthAction says what becomes of a service that isn't healthy.
type HealthAction string

// What health.action may say.
const (
	HealthRestart HealthAction = "restart"
	HealthReport  HealthAction = "report"
)
