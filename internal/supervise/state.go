package supervise

// State is what a slot does at the moment.
type State string

// The states of a slot.
const (
	Down     State = "down"     // not wanted, nothing runs
	Waiting  State = "waiting"  // wanted; a requirement is not ready, or its time hasn't come
	Standby  State = "standby"  // wanted; another container holds its lease
	Starting State = "starting" // asked for, not yet running
	Up       State = "up"       // runs, has not said that it is ready
	Ready    State = "ready"    // runs, dependants may start
	Stopping State = "stopping" // told to stop
	Killing  State = "killing"  // KILL was sent
	Holding  State = "holding"  // ended, waits for the next run
	Done     State = "done"     // ended, and that is fine
	Failed   State = "failed"   // given up
)

// states gives all of them with what they mean, in the order of a life.
func states() []struct {
	state State
	means string
} {
	return []struct {
		state State
		means string
	}{
		{Down, "not wanted, nothing runs"},
		{Waiting, "wanted; a requirement is not ready, its schedule's time hasn't come, or other starts go first"},
		{Standby, "wanted; another container on the volume holds its lease, and it takes over when that one ends"},
		{Starting, "the process is asked for and doesn't run yet"},
		{Up, "runs, and has not said yet that it is ready; a task stays here until it ends"},
		{Ready, "runs and is ready: dependants may start"},
		{Stopping, "told to stop; its end is waited for"},
		{Killing, "KILL was sent; its end is waited for"},
		{Holding, "ended; the next run waits for the hold"},
		{Done, "ended and stays down: a task's success, a final code, or a policy that wants no other run"},
		{Failed, "given up, with the reason: the limit of short runs, a task's retries used up, never ready, a requirement that failed, a process that KILL doesn't end"},
	}
}

// A trigger is what moves a slot.
type trigger string

const (
	onWant   trigger = "wanted"
	onRest   trigger = "not wanted"
	onHeld   trigger = "held elsewhere"
	onLease  trigger = "leased"
	onBegin  trigger = "free to start"
	onRun    trigger = "runs"
	onAnswer trigger = "ready"
	onStop   trigger = "stop"
	onKill   trigger = "time is up"
	onAgain  trigger = "again"
	onHold   trigger = "hold"
	onFinish trigger = "finished"
	onGiveUp trigger = "given up"
)

// A row is one way out of a state.
type row struct {
	from  State
	on    trigger
	to    State
	means string
}

// table is every way that there is. Nothing else moves a slot, and the page in docs is made of it.
var table = []row{
	{Down, onWant, Waiting, "a verb, or desired when it was added"},

	{Waiting, onBegin, Starting, "all that it requires is ready, its time has come, a place is free"},
	{Waiting, onRest, Down, "told to stop before it ran"},
	{Waiting, onHeld, Standby, "another container on the volume holds its lease"},
	{Waiting, onHold, Holding, "its lease could not be asked for"},
	{Waiting, onGiveUp, Failed, "a requirement failed or is not enabled; or its lease could not be asked for, and no other run is allowed"},

	{Standby, onLease, Waiting, "its lease is free, and its own now"},
	{Standby, onHold, Holding, "its lease could not be asked for any more"},
	{Standby, onGiveUp, Failed, "its lease could not be asked for any more, and no other run is allowed"},
	{Standby, onRest, Down, "told to stop"},

	{Starting, onRun, Up, "the program was executed"},
	{Starting, onHold, Holding, "it could not be executed, or no answer came within the bound"},
	{Starting, onGiveUp, Failed, "it could not be executed, and no other run is allowed"},
	{Starting, onStop, Stopping, "told to stop, or its lease is lost; the start is called off"},
	{Starting, onKill, Killing, "the budget of the whole stop is spent"},

	{Up, onAnswer, Ready, "it is ready, or its bound passed and the verdict is go-on"},
	{Up, onFinish, Done, "it ended: success of a task, a final code, or no other run is wanted"},
	{Up, onAgain, Waiting, "it ended: the next run comes at once"},
	{Up, onHold, Holding, "it ended: the next run comes after a hold"},
	{Up, onGiveUp, Failed, "it ended: the limit, the retries or the policy allow no other run"},
	{Up, onRest, Down, "it ended by itself while it waited to be stopped"},
	{Up, onStop, Stopping, "told to stop or restart, not ready within its bound, or its lease is lost"},
	{Up, onKill, Killing, "the budget of the whole stop is spent"},

	{Ready, onFinish, Done, "it ended: a final code, or no other run is wanted"},
	{Ready, onAgain, Waiting, "it ended: the next run comes at once"},
	{Ready, onHold, Holding, "it ended: the next run comes after a hold"},
	{Ready, onGiveUp, Failed, "it ended: the limit or the policy allows no other run"},
	{Ready, onRest, Down, "it ended by itself while it waited to be stopped"},
	{Ready, onStop, Stopping, "told to stop or restart, a requirement stops, unhealthy, or its lease is lost"},
	{Ready, onKill, Killing, "the budget of the whole stop is spent"},

	{Stopping, onRest, Down, "it ended"},
	{Stopping, onAgain, Waiting, "it ended, and is wanted: a restart, a requirement that stopped, or a lease that was lost"},
	{Stopping, onHold, Holding, "it ended; it was unhealthy"},
	{Stopping, onGiveUp, Failed, "it ended; it was never ready, or unhealthy too often"},
	{Stopping, onKill, Killing, "it did not end in time"},

	{Killing, onRest, Down, "it ended"},
	{Killing, onAgain, Waiting, "it ended, and is wanted"},
	{Killing, onHold, Holding, "it ended; it was unhealthy"},
	{Killing, onGiveUp, Failed, "it ended and was never ready; or KILL doesn't end it"},

	{Holding, onAgain, Waiting, "the hold is over"},
	{Holding, onWant, Waiting, "told to start: the hold is cut short"},
	{Holding, onRest, Down, "told to stop"},

	{Done, onWant, Waiting, "told to start, or its schedule goes on"},
	{Done, onRest, Down, "told to stop"},

	{Failed, onWant, Waiting, "told to start, its schedule goes on, the requirement that failed was started, or the process that KILL didn't end is gone"},
	{Failed, onRest, Down, "told to stop, or the process that KILL didn't end is gone"},
}

// next looks a way up.
func next(from State, on trigger) (State, bool) {
	for _, r := range table {
		if r.from == from && r.on == on {
			return r.to, true
		}
	}
	return from, false
}
