// Package e2e holds the tests that need a real container engine: they say the words of docker's client, on images
// that the project built before (berth-hermes:dev, berth-transmission:dev and berth-overlay:dev). The words that are said
// most often go to the engine's socket (engine_test.go, run_test.go); terminals, builds and what is said seldom go through the
// client itself.
//
// The engine is the one that DOCKER_HOST names; it may be on another machine, so nothing here looks at a
// container's files from this side: volumes are prepared and read through a container of the tests' own
// (keeper_test.go). A test is named by the number of the acceptance item it proves. It makes containers and volumes
// under random names and removes those alone.
package e2e
