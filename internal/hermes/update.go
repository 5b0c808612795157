package hermes

// update leaves updating to the app, except where the app came in an image: what it changed there would be gone with
// the container.
func (s *session) update() (code int, handled bool) {
	if s.method() != "docker" {
		return codeDone, false
	}
	return s.refuse("run `docker pull nousresearch/hermes-agent:latest` and recreate the container (docker compose up -d); the volume keeps your data",
		"update: it doesn't apply inside the Docker container, whose program is the image's"), true
}
