// Package s6rcwords is s6-rc and its kin as words: s6-rc and s6-rc-db, and what says why there is no database to make. They read
// the definitions of an image as [s6rc.Read] does and talk to the supervisor over its socket, flag by flag and code by code as the
// real ones of s6-rc 0.5 do.
//
// They have a room of their own for what they need: HTTP and the reader of images. The words of s6words do without, and start
// in half the time for it (see internal/early).
package s6rcwords
