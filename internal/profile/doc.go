// Package profile keeps the profiles of a volume: the instances that directories on it declare.
//
// The attacker is the app's own user, who owns all of it: it may swap a profile's directory for a link, name one so that
// a line of the log becomes two, write a state file of a gigabyte, or take half a profile for a whole one. So everything
// goes through handles of fsx: no link is followed, no mount crossed but the spec's own; what is read is bounded; a name
// counts only where the spec's pattern says so; a profile is built and taken away under a temporary name, and comes and
// goes in one step.
//
// The room changes files with the rights of whoever calls: call it inside [fsx.Actor.Do], so that what it makes belongs to
// the app's user. It knows no app: names, marker, state file and stale files come from [spec.Profiles].
//
// A state file is a JSON object that the app writes too. Two keys of it count here. desired_state (running, stopped) is
// what a person asked for; only explicit verbs write it. gateway_state is what the app last said of itself, and counts
// only where desired_state is absent: an app that is being stopped writes "stopped" there, and a container that believed
// it would never start that app again.
//
// Errors read "verb object: cause"; times are written in the local zone, sizes are bytes.
package profile
