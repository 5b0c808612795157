// Package e2e holds the tests that need a real container engine: they drive the docker command line, on images
// that the project built before (berth-hermes:dev, berth-transmission:dev and berth-overlay:dev).
//
// The engine is the one that DOCKER_HOST names; it may be on another machine, so nothing here looks at a
// container's files from this side: volumes are prepared and read through a container of the tests' own
// (keeper_test.go). A test is named by the number of the acceptance item it proves. It makes containers and volumes
// under random names and removes those alone.
package e2e
