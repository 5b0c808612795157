// Package hermes answers the words of Hermes's own command line that are about its container: profiles and their
// gateways, the files that must be private, how the app was installed. It is reached as `hermes …`, since berth's shim
// stands first on PATH; the spec's main.native says which verbs it answers, and whatever it doesn't answer is the app's.
//
// The threats. Who calls is often root (docker exec), in a directory that the app's user owns: so every change of a
// file is made through handles and with the app user's rights ([Env.As]), and nothing is written through a link. A
// file of secrets is private from its first byte. A copy of a profile must not speak with the original's tokens: two
// that poll one bot throw each other out. And nothing here may start a second gateway beside the supervised one.
//
// [Answer] is pure but for what [Env] gives it: a supervisor, handles, writers, the way into the app; [Door] fills that
// for a process that was called by the app's name. Lines about berth go to Tell, answers to Out. Codes: 0 done,
// 1 refused or failed, 2 the words were wrong, 4 nobody supervises here.
//
// Sources: the container layer of Hermes Agent, whose words, files and key words of messages these are; its issues
// #8448 (private .env), #34397 (whose install method), #42675 (what survives a restart), #111720 (a profile without a slot).
package hermes
