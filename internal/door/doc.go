// Package door picks the way into berth by the name that it was called by: the container's entry point, berth's own words, or the
// app's own name. It builds nothing and imports nothing heavy, since a door is called often and may be chosen before main
// (internal/early).
package door
