// Package script reads scripts of execline: text to the words of one command line, and back.
//
// The threats. A script decides what root runs, and it is read by two programs: the real execlineb wherever the image ran
// before, and this one. Where the two split one text into other words, another command runs. So a text that the real one
// refuses is refused, one that it reads gives the same words to the byte, and a test lets both read the same random texts.
// The text may come from a volume: what is read is bounded by who reads the file, each byte is looked at once, and nesting
// costs no stack.
//
// Blocks are no structure but words: each word within n braces has n spaces in front of it, and a closing brace is an empty
// word with a space for each brace that is still open. Columns and lines begin with 1, columns count bytes. Errors are an
// *[Error] with the place, the cause and a hint.
// Sources: execline's pages on execlineb, on blocks and on its grammar; the real program where they say nothing.
package script
